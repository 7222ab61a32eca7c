# kasasagi list; states and how things stand

list-columns = FAX | RECEIVED | BY | STATE | RECORDS | REMARK
list-states = there are { $states }
list-received = received
list-opened = opened
list-read = read
list-sending = sending
list-delivered = delivered
list-held = held
list-duplicate = duplicate
list-refused = refused
list-copy = copy of { $of }
list-page = page { $page }: { $reason }
list-record = record { $record }: { $reasons }
list-record-repeats = record { $record }: repeats { $of }
list-record-corrects = record { $record }: corrects { $of }
list-record-undelivered = record { $record }: { $count } undelivered
list-trouble = TROUBLE { $trouble }
list-trouble-of = { $part } for { $age }: { $what }; it keeps trying
list-not-running = The gateway is not running: no mail is taken in.
list-stopped = not running: no mail is taken in
list-faxes-wait = { $waiting }.
list-running = running; { $waiting }
list-no-fax-waits = no fax waits
list-waiting =
    { $count ->
        [one] 1 fax waits, for { $age }
       *[other] { $count } faxes wait, the oldest for { $age }
    }
list-age-seconds = { $seconds }s
list-age-minutes = { $minutes }m { $seconds }s
list-age-hours = { $hours }h { $minutes }m
