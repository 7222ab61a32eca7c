# kasasagi backup, kasasagi restore

backup-made =
    { $files } files, the journal up to event { $seq }, in { $dir }
    The master key { $key } is not in it: keep a copy of it elsewhere, without it the backup cannot be opened.
backup-restored = { $dir } holds the backup of { $made }, up to event { $seq }
backup-aside = what was there before lies in { $aside }
backup-in-doubt =
    { $count } faxes and messages may have gone on after the backup was made. They wait for a person:
      kasasagi held        then `held admit FAX` for each fax that nobody has got
      kasasagi outbox      then `outbox retry ITEM` for each message that did not arrive
