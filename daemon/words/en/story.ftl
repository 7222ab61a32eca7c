# What happened, one sentence for each event.

story-received = received { $bytes } bytes by { $source }
story-received-again = the same mail again by { $source }
story-mailbox-begun = mailbox seen, UIDVALIDITY { $validity }: taken from UID { $first } on
story-opened = opened: { $count } document(s): { $formats }
story-reading-failed = reading failed, attempt { $attempt }: { $reason }
story-read = read { $pages } page(s): { $found }
story-read-record = { $record } on page { $page }: { $form } v{ $version }, { $sure } sure, { $doubtful } doubtful, { $blank } blank
story-read-held = page { $page }: { $why }
story-deliver = { $record } to be delivered, { $urgency }: patient { $patient } by { $evidence }; to { $to }
story-repeat = { $record } repeats { $of }: nothing is sent
story-resent = { $record } is the sheet of { $of } again; differing: { $differing }; unclear: { $unclear }
story-no-fields = nothing
story-hold = { $record } held: { $reasons }
story-record-rejected = { $record } settled without a delivery: { $reason }
story-corrected = { $record } corrected: { $fields }
story-routed = { $record } is about patient { $patient }, by hand
story-rejected = settled without a delivery: { $reason }
story-looked = looked: { $what }
story-looked-about = looked: { $what } { $about }
story-fax-held = held: { $reason }
story-admitted = a person let it go on
story-duplicate = the same documents as { $of }
story-refused = refused: { $reason }
story-erased = content erased
story-kept = content must stay
story-released = content need not stay
story-backed-up = copied up to event { $seq }
story-restored = brought back from a copy that ends with event { $seq }; { $in_doubt } faxes and messages in doubt
story-key-rotated = all keys wrapped under a new master key
story-started = started, version { $version }
story-stopped = stopped
story-view-rebuilt = view rebuilt: { $reason }
story-reported = report of { $day } sent
story-registry-proposed =
    registry { $version } handed in: { $added } rows added, { $changed } changed, { $removed } removed{ $from ->
        [none] {""}
       *[other] ; from { $from } on
    }
story-registry-approved = registry { $version } approved
story-registry-turned-down = registry { $version } turned down
story-digested = { $items } in digest { $digest }
story-carried-over = { $items } left for the next digest: { $code }
story-deferred = { $items } deferred, attempt { $attempt }: { $code }; again at { $next }
story-sent = { $items } sent: { $code }
story-gave-up = { $items } given up: { $code }
story-displayed = { $items } displayed to the recipient
story-replied = { $items } taken note of, by reply
story-no-backup = { $items } not taken note of in time; no backup
story-escalated = { $items } not taken note of in time; also to { $to }
story-retried = { $items } to be sent again, by hand
story-cancelled = { $items } cancelled
story-alerted = the office was told of { $items }
