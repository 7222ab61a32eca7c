# What does not work at this moment; told again and again until it does.

trouble-disk-floor = the disk of the store is full: { $floor } MB must stay free; make room
trouble-disk-full = the disk of the store is full: make room
trouble-disk-read-only = the disk of the store is read-only: look for its faults in the system's log
trouble-maildir = cannot use the Maildir { $dir }: { $why }
trouble-unsound = { $why }; what was read before is used on
trouble-imap-too-large =
    { $count ->
        [one] 1 mail larger than intake.max_message_mb stays on the server, with UID { $uid }: raise the limit and restart, or read and remove it
       *[other] { $count } mails larger than intake.max_message_mb stay on the server, the first with UID { $uid }: raise the limit and restart, or read and remove them
    }
trouble-imap-foreign =
    { $count ->
        [one] another gateway works on this mailbox and has claimed 1 mail: stop one of the two
       *[other] another gateway works on this mailbox and has claimed { $count } mails: stop one of the two
    }
trouble-imap-stays = the server can neither move nor remove mail; taken mail is marked as seen
