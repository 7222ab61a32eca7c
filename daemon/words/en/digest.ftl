# kasasagi digest

digest-columns = RECIPIENT | RECORDS | NEXT
digest-at-once = at once
digest-due =
    { $count ->
        [0] no digest waits
        [one] 1 digest is due now; `kasasagi outbox list --all` shows it
       *[other] { $count } digests are due now; `kasasagi outbox list --all` shows them
    }
