# kasasagi check

check-good = ok
check-warning = warning
check-bad = FAILED

check-at = { $place }: { $why }
check-installed = as installed
check-sound = sound
check-built-in = built in
check-off = off

check-no-senders = nobody is listed in intake.senders: mail that a server has relayed is held; see docs/senders.md
check-senders =
    { $count ->
        [one] 1 entry; profiles { $profiles }
       *[other] { $count } entries; profiles { $profiles }
    }
check-readers = PP-OCR and Tesseract
check-walls-files-and-network = landlock: the engines' files only, no TCP
check-walls-files = landlock: the engines' files only
check-walls-no-files = no landlock
check-walls-calls = seccomp: no file, no socket, no process
check-walls-no-calls = no seccomp

check-registry = { $physicians } physicians, { $facilities } facilities, { $patients } patients
check-registry-differs = { $dir } says something else and is not used
check-registry-remarks =
    { $count ->
        [one] 1 remark, see `kasasagi registry check`
       *[other] { $count } remarks, see `kasasagi registry check`
    }

check-handed-over = { $path } is there while the service runs
check-key-missing = { $path } is missing, and the store needs it; restore it from your safe copy
check-made-at-start = { $path } will be made at the first start
check-disk = { $free } MB free at { $dir }
check-disk-full = { $free } MB free at { $dir }; below the floor, mail is deferred

check-signature = until { $day }
check-self-signed = self-signed until { $day }; give recipients { $path } or use one of an authority
check-signature-ends = ends on { $day }; put a new certificate and key in its place
check-certificates = { $count } of recipients
check-certificate-begins = { $holder }: begins on { $day }
check-certificate-ends = { $holder }: ends on { $day }; ask for a new one
check-certificate-ended = { $holder }: ended on { $day }; nothing is sent until there is a new one
check-without-certificate =
    { $count ->
        [one] 1 recipient wants encrypted mail and has none: { $first } …
       *[other] { $count } recipients want encrypted mail and have none: { $first } …
    }
check-holidays = known until { $day }
check-holidays-end = the list of public holidays ends within 60 days; see digest.holidays
check-admins = { $count }, report at { $time }
check-no-admins = nobody gets the daily report, or hears of mails that failed; see admin.addresses

check-imap-mails =
    { $count ->
        [one] 1 mail in the folder
       *[other] { $count } mails in the folder
    }
check-imap-idle = the server tells of new mail
check-imap-polled = the server is polled
check-imap-seen = taken mail is marked as seen
check-imap-moved = taken mail is moved
check-imap-copied = taken mail is copied and removed
check-imap-only-seen = taken mail can only be marked as seen (no MOVE, no UIDPLUS)
check-imap-noticed = a second gateway is noticed
check-imap-unnoticed = a second gateway would not be noticed

check-folder = mails are written to { $dir }, not sent
check-no-host = { $place }: no such host
check-answers = { $place } answers
check-free = { $place } is free; the gateway does not listen there now
check-no-socket = { $place } is no socket; choose another place
check-no-folder = { $place }: its folder does not exist
check-taken = { $place } is taken by another program; choose another place

check-mail-columns = MAIL |
check-mail-fax = fax
check-mail-held = held: { $code }
check-mail-refused = refused: { $code }
check-mail-unreadable = cannot be read
check-mail-document = { $format }, { $bytes } bytes
check-mail-note = { $code }: { $words }
check-mail-local = accepted: no sender is listed, and no server has relayed the mail
check-mail-vouched = accepted: entry { $entry } of intake.senders, own_server vouches for the domain
check-mail-address = accepted: entry { $entry } of intake.senders, by the address alone
check-mail-no-address = unknown: From does not hold exactly one address
check-mail-relayed = unknown: no sender is listed in intake.senders, and a mail server has relayed the mail
check-mail-not-listed = unknown: the address in From is not listed in intake.senders
check-mail-other-profile = unknown: the mail does not fit the profile that intake.senders asks for
check-mail-not-proved = unknown: the topmost Authentication-Results of intake.own_server does not vouch for the domain in From
