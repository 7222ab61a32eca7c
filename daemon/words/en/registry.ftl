# kasasagi registry

registry-nobody = nobody in the registry is called { $text }
registry-several = { $text } may be { $codes }: give the code
registry-find-columns = KIND | CODE | NAME |
registry-patient = patient
registry-physician = physician
registry-facility = facility
registry-warning = warning: { $what }
registry-colon = {": "}
registry-sound =
    { $dir }: { $physicians } physicians, { $facilities } facilities, { $patients } patients; no faults, { $warnings ->
        [one] 1 warning
       *[other] { $warnings } warnings
    }

registry-columns = NUMBER | HANDED IN | BY | ROWS | FROM | STANDING
registry-written = written to { $dir }
registry-rows = registry { $version }: { $added } rows added, { $changed } changed, { $removed } removed
registry-not-in-force =
    It is not in force. Another person has to look at it and approve it:
    {"  "}kasasagi registry show { $version }
    {"  "}kasasagi registry approve { $version }
registry-at-once = at once
registry-proposed = waits for approval
registry-approved = approved by { $by }
registry-turned-down = turned down by { $by }

registry-recipient = { $urgency } { $code } { $name } ({ $role }) <{ $address }>
registry-when = when: { $what }
registry-how = how:  { $what }
registry-whole-page = page: whole
registry-masked-page = page: masked
registry-all-fields = sees { $count } fields; hidden: nothing
registry-some-fields = sees { $count } fields; hidden: { $hidden }
registry-would-be-held = { $urgency } would be held: { $reasons }
registry-now = now
registry-after-quiet-hours = after quiet hours, { $time }
registry-digest = digest of { $time }
registry-encrypted = encrypted, certificate until { $day }
registry-notice = a notice without content
registry-readable = readable, inside verified TLS
registry-not-at-all = NOT AT ALL: { $code }
