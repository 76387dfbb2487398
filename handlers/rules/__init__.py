"""What follows from what is known; pure: two dates and a string in, a date or a reason out."""
