# kasasagi demo

demo-columns = FAX | SHOWS | FORMS | SURE | DOUBTFUL | STATE | MAILS | REMARK
demo-warning = warning: { $what }
demo-audit =
    {""}
    audit verify: { $found }
demo-balanced = reconcile: ok
demo-unbalanced = reconcile: DOES NOT ADD UP
demo-left =
    {""}
    { $mails } mails and everything else lie in { $dir }
    {"  "}{ $sheet }  every page beside its fields
    {"  "}{ $outgoing }  the mails as they leave: signed and encrypted
    {"  "}{ $opened }  the same, opened with the recipients' keys
    {"  "}kasasagi --config { $settings } list
demo-elsewhere =
    {""}
    Not every fax ended where it should; the table shows which.
demo-not-empty = { $dir } is not empty; name a new folder

demo-typed = typed, fine resolution
demo-handwritten = handwritten font, urgent, crooked, specks
demo-coarse = typed, standard resolution, crooked
demo-upside-down = emergency, fed upside down
demo-two-forms = two forms, as TIFF
demo-contradiction = physician code contradicts the registry
demo-letter = a letter, no form
demo-again = the first fax once more
demo-no-attachment = a mail without attachment
