# kasasagi key

key-rotated =
    { $count ->
        [one] 1 key is under the new master key { $key }
       *[other] { $count } keys are under the new master key { $key }
    }
key-settings = Make it the key of the settings before the gateway starts again.
key-kept = The old one lies in { $kept }. Backups made before open under it alone: keep it as long as you keep them, elsewhere, then delete it.
