# kasasagi init

init-ask-from = sender address of every mail
init-ask-organisation = who runs the gateway
init-ask-admins = who gets the daily report
init-ask-imap = mail server of the fax mailbox (IMAP)
init-ask-user = who logs in there
init-ask-password = password
init-ask-fax-address = address of that mailbox
init-ask-senders = who may send faxes (address or *@domain)
init-ask-relay = mail server that sends (SMTP)
init-question = { $question }:
init-may-be-empty = { $question } (Enter if there is none)
init-missing = { $flag } is missing
init-missing-answer = { $flag } is missing: { $question }
init-no-password = { $file } holds no password
init-settings-there = { $file } is there already: --replace keeps it under another name

init-told = { $what }: { $text }
init-made = made
init-kept = kept
init-check = check
init-check-finds = what `kasasagi check` finds now:
init-page = test page
init-step-sending = test page: sending it …
init-step-waiting = test page: waiting for it in the mailbox …
init-step-reading = test page: reading it …
init-page-drawn = drawn, not sent: there is no relay; { $sure } of { $filled } fields read for sure
init-page-sent = sent to { $to } ({ $code }); { $sure } of { $filled } fields read for sure
init-page-came-back = sent to { $to } ({ $code }), came into the mailbox and was put away there; { $sure } of { $filled } fields read for sure

init-next =
    {""}
    next:
init-next-sample = {"  "}the registry is that of an invented town, for trying; put your own tables in its place first
init-next-tables = {"  "}fill in the four tables in { $dir }
init-next-check = {"  "}kasasagi check                until nothing has failed
init-next-service = {"  "}systemctl start kasasagi      then `kasasagi check` once more
init-next-run = {"  "}kasasagi run                  the gateway
init-next-key = {"  "}keep a copy of the master key elsewhere: without it nothing opens
