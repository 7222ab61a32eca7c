# kasasagi held

held-columns = ID | WHAT | RECEIVED | WHY
held-fax = fax
held-page = page { $number }
held-record = record
held-message = message
held-admitted = { $fax } goes on; `kasasagi trace { $fax }` tells its story

held-received = { $fax }  received { $at } by { $way }
held-is = { $id } ({ $what }) is held:
held-reason = {"  "}- { $code }: { $words }
held-subject =
    {""}
    Subject: { $subject }
held-earlier = This sheet was delivered before; what stood there is shown where it differs.
held-no-form = this version of the form is no longer configured
held-field-columns = FIELD | LABEL | STATE | VALUE | WHY
held-field-columns-before = FIELD | LABEL | STATE | VALUE | WHY | BEFORE
held-sure = sure
held-doubtful = DOUBTFUL
held-blank = blank
held-page-written = page: { $path }

held-no-pair = expected KEY=VALUE
held-settled-as = { $fax } is { $state }
held-later = { $record } is decided anew when the gateway runs again
held-goes-to = { $record } goes to { $to }
held-still = { $record } is still held:
held-repeats = { $record } says what { $of } said; nothing is sent
held-settled = { $record } was settled: { $reason }
held-undecided = { $record } is not decided yet; `kasasagi trace { $fax }` tells
