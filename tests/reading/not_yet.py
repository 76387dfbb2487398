"""What is not read right yet, letter by letter: the test fails when one of these is, so that the list only shrinks."""

from __future__ import annotations

NOT_YET: dict[str, set[str]] = {
    "303-svedala-kf-solceller": {"outcome_per_demand"},
    "310-nynashamn-sn-avstyrker": {"outcome_is_proposal"},
    "321-umluspen-remiss-barngrupper": {"demands"},
    "322-karlskoga-remiss-utan-dag": {"demands"},
    "336-mellerud-medborgarforslag-fritt": {"demands"},
    "345-paminnelse-lokalforsorjningsplan": {"deadline_replaces"},
    "347-anstand-kortare-an-begart": {"deadline_replaces", "external_dnr", "matter", "own_dnr", "sender"},
    "348-anstand-nekas-bergtakt": {"own_dnr"},
    "353-revision-ey-tre-namnder": {"demands"},
    "357-uppfoljning-stadsrevision": {"title"},
    "368-remiss-aterkallas": {"deadline_replaces"},
    "373-vb-vb-fwd-naturvardsverket": {"external_dnr"},
    "501-autosvar-utan-huvuden": {"external_dnr", "own_dnr"},
    "502-undeliverable-exchange": {"own_dnr"},
    "505-reklam-lekplatser": {"register"},
    "507-kallelse-agarsamrad": {"sender"},
    "508-tjansteskrivelse-torghandel": {"external_dnr", "own_dnr"},
    "509-begaran-handlingar-bygdebok": {"own_dnr"},
    "512-utan-amne-hallerud": {"title"},
    "514-avtal-pumpstation": {"deadlines", "sender"},
    "519-tva-remisser-lansstyrelsen": {"sender", "title"},
    "523-motion-i-eml": {"title"},
    "531-dansk-hoering": {"external_dnr", "sender"},
    "532-norsk-svar-loype": {"external_dnr", "own_dnr", "sender"},
    "533-lochmore-letter-of-intent": {"sender"},
    "534-ocr-laxlasning": {"external_dnr", "own_dnr"},
}
