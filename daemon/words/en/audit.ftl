# kasasagi audit

audit-no-head = there is no signed head in { $place }: give the line that begins with kasasagi1
audit-too-many-heads = { $count } signed heads are too many for one question: at most { $most }
audit-verified =
    { $whole ->
        [yes] ok
       *[no] NOT WHOLE
    }: { $events } events, head { $head }, { $checkpoints } checkpoints, { $blobs } sealed files, view { $view ->
        [yes] agrees
       *[no] DISAGREES
    }
audit-bad-event = event { $seq }: { $what }
audit-bad-checkpoint = checkpoint: { $what }
audit-bad-content = content of { $fax }: { $what }
audit-bad-registry = registry { $version }: { $what }
audit-ignored = event { $seq } changes nothing: { $what }
audit-head-included = signed head of event { $seq } ({ $time }): included: every event up to it is as it was
audit-head-not-ours = signed head of event { $seq } ({ $time }): NOT SIGNED by this store: another store signed it, or it was changed
audit-head-missing = signed head of event { $seq } ({ $time }): MISSING: the journal ends with event { $last }; it was cut, or the store was set back to an earlier copy
audit-head-rewritten = signed head of event { $seq } ({ $time }): REWRITTEN: something between event { $from } and event { $seq } was edited, deleted, inserted or moved
