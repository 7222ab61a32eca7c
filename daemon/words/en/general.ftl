# What every verb may say.

general-told = kasasagi: { $what }
general-unwritable = cannot write the answer: { $why }
general-unexpected = the daemon gave an answer this program does not know
general-other-version = the running daemon speaks another version; restart it after the upgrade
general-manual = Exit status: 0 ok, 1 the check found something, 2 usage or configuration, 69 unavailable, 75 try again. Settings: /etc/kasasagi/kasasagi.toml, explained by its own comments. Data: /var/lib/kasasagi. More: /usr/share/doc/kasasagi.
general-no-moment = { $text } is no date, time or age; try 2026-11-23 or 2d

## What stands between the parts of a list, and of one of longer parts.

general-comma = {", "}
general-semicolon = {"; "}

## Long work; in braces what the bar fills in.

general-progress = {"{msg} [{bar:30}] {percent:>3} % {eta} left"}
general-progress-waiting = {"{spinner} {msg} …"}
general-progress-view = making the view anew
general-progress-copying = copying
general-progress-files = checking the files
general-progress-events = checking the events
general-progress-contents = checking the sealed content
general-progress-verifying = checking the trail
general-progress-reading = reading
general-progress-demo = sample faxes
