# kasasagi erase, kasasagi keep

erase-none = nothing is that old
erase-would =
    { $count ->
        [one] 1 fax, and what comes after it, would be erased
       *[other] { $count } faxes, and what comes after them, would be erased
    }
erase-erased =
    { $count ->
        [one] 1 fax erased
       *[other] { $count } faxes erased
    }
erase-one = { $fax } { $last } erased
erase-one-would = { $fax } { $last } would be erased
erase-stays = { $fax } stays, however old it gets
erase-need-not-stay = { $fax } need not stay
