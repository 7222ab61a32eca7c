# kasasagi form

form-columns = FORM | VERSION | TITLE | PAGE | FIELDS
form-fields-columns = NO | KEY | LABEL | ZONE (mm)
form-unwritable = cannot write the PDF: { $why }
