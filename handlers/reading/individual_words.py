"""Words that people use of one person's life: stems, so that "slagen" and "slagsmål" are met by one line.

A stem meets each word that begins with it; one that ends in "." meets the whole word alone. Swedish first, then the
neighbours' languages and the English of those who have just come. Public debate uses the same words of many: they weigh
only beside signs that one person is singled out (see individuals.py).
"""

from __future__ import annotations

# Weigh much: violence, addiction, care by force, custody, ruin, diagnosis, a protected identity.
HARD = """
slår. slog. slagit slagen. slagna slås. misshand våld våldt hotat. hotad. hotar. hotelser kniv stryp strypt sparkat knuffa örfil blåmärk
rivmärk brännmärk blödde blod. tafsa övergrepp sexuel nakenbild omklädningsrum. inlåst instängd låser. låste. låst. tvingas. tvingar. hedersv hedersf bortgift giftas. könsstymp omskuren. kontrollerar. förföljer
missbruk alkohol dricker. druckit. drack. super. supit. full. fulla. berusad onykter nykter. drog. droger. knark narkotika amfetamin heroin subutex metadon benso tramadol cannabis kokain hasch gräs. återfall avgiftning abstinens påverkad spelmissbruk spelberoende spelat.
självmord suicid självskad skär. överdos psykos vanföreställ leva. dö.
lvu lvm lpt. omhänderta placera placering familjehem fosterhem fosterbarn jourhem umgänge vårdnad faderskap adoption kontaktfamilj kvinnojour skyddad skyddade. sekretessmark polisanmäl gripen. gripits häktad häktet dömd. dömdes anstalt frivård brott. misstänkt snatt stulit stöld rån
försörjningsstöd socialbidrag bidraget. skulder skuldsan skuldråd kronofogd kfm. inkasso vräk avhys hemlös bostadslös smslån sms.
utvecklingsstör förståndshandikap autis adhd demens dement alzheimer diagnos psykisk depress deprimerad ångest panik schizo bipolär stroke cancer
vanvård försumm vanskött farilla. oro. orolig oroad orosanm skyddsbehov anonym anonymt
""".split()

# Weigh less: they are common in letters about services, schools and homes too.
SOFT = """
mår. gråt grät. ledsen. rädd rädsla skrik skrek bråk grälar ensam ensamma. ätit. äta. äter. mat. hungrig svält mager vikt smuts tröja kläder luktar. lukt tvätt duscha hygien löss somnar sover sov. trött frånvar skolk vägra
stal. tog. pengar hyran. hyra. hyror medicin tablett insulin waran spruta dos. kvällsdos ramla fallit föll. fallolycka låg. blöt. blöja kissat liggsår sår. spisen. vilse. irrar förvirra glömmer. glömt. minne. klarar. orkar. sjuk sjukskriven sjukhus akuten. ambulans läkar psykolog psykiatr bup. kurator skolsköterska
socialen. soc. socialsekreterare biståndshand boendestöd kontaktperson ledsag stödperson assisten avlösning korttids gruppbostad gruppboende äldreboende hemtjänst hemvård färdtjänst god. godman förvaltare överförmynd
avslag överklag bistånd ansökt. ansökan. utbetal ersättning utredning utredd insats hembesök handläggare. akten. journal
rymt. rymmer. flytta. flyttat. bor. bott. skild. skilda. skilsm separera separation separat. frånskild ihop. gift. förlossning gravid. väntar. test. barnbidrag underhåll mobbad mobbas mobbning kränk retad snap snapchat mobilen. telefon. hemma. garaget. rummet. natten. kvällarna. nätterna. trapphus
golvet. höft hoft fraktur nattpatrull larmmatta smärt smart. avled avliden. dog. dött. begrav tandvård rymning placering anhörig anhorig hittad.
bankkort bankomat kontoutdrag konto. räkning räkningar årsräkning spar.
trycksår genomförandeplan avvikning behandlingstid vräkning uppsagd. uppsagts obetald sagts.
ont. eht. elevhälso studiegång betygsunderlag skolpsykolog assistans lss. sond andning epilep ryggmärg
skola. skolan. förskola. förskolan. klass. mentor. rast. idrott. lektion polisen. ringt. jouren. hembesök
""".split()

# Danish and Norwegian, Finnish, English, German, Polish, Somali: the few words of the same things.
FOREIGN = """
underretning underrette bekymring bekymringsmelding barnevern barnets misbrug rusmis anbragt plejefamilie fosterhjem søn. datter. moderen. faderen. vold. slået. slår. ensom skilt. samvær forældremyndighed
lastensuojelu huoli. huolissani isä. äiti. lapsi. lapsen väkivalta juo. juopunut hakkaa. lyö.
beat. beats. beaten. hit. hits. hitting. hurt. hurts. bruise violence violent abuse abused abusive scared afraid. threat passport. husband. wife. daughter. son. child. children. kids. neighbour. neighbor. drunk drinking. crying. cries. alone. sleep. hungry shelter. divorce. custody. rent. homeless. room. food. money. suicide die. worried concern foster court caseworker visits. visit. mother. father. born. urine drugs hospital sick. boyfriend. girlfriend. mum. mom. locks. locked. nephew. niece.
schlägt. geschlagen sohn. tochter. mann. angst. gewalt. betrunken. kinder. kind.
mąż. żona. dziecko. córka. syn. bije. pije. pijany. boję. przemoc. pomoc. pomocy.
caruur ninkayga. garaac. baqay caawi. wiil. gabar. carruur
""".split()

# One person, told by a definite noun: "the boy", "the tenant".
ONE = """
grabben. lillgrabben. ungen. lillungen. småttingen. tösen. jäntan. pojken. flickan. eleven. elevens. barnet. barnets. killen. tjejen. ungdomen. ynglingen. tonåringen. bebisen. spädbarnet. mamman. mammans. mamma. mammas. pappan. pappans. pappa. pappas. modern. moderns. fadern. faderns. mor. föräldern. vårdnadshavaren. styvpappa. styvpappan. styvmamma. plastpappa. plastmamma. bonuspappa. bonusmamma
sonen. sonens. dottern. dotterns. brodern. systern. syster. bror. lillasyster. lillebror. storasyster. storebror. lillan. mormor. morfar. farmor. farfar. mormodern. barnbarnet. moster. faster. morbror. farbror.
maken. makens. makan. hustrun. frun. sambon. exet. exmannen. exfrun. pojkvännen. flickvännen. grannen. grannens. grannfrun. hyresgästen. damen. tanten. farbrorn. gubben. kvinnan. kvinnans. mannen. mannens.
brukaren. klienten. patienten. kunden. vårdtagaren. omsorgstagaren. huvudmannen. sökanden. anmälda. berörd. drengen. pigen. barnet. gutten. jenta. moren. faren.
""".split()
