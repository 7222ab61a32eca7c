# Examples under the help of each verb, named like it. Every line is tried by a test: what stands before `#` is parsed.

examples = Examples:
example =
    kasasagi check   # is everything in order?
    kasasagi held   # what waits for a person
    kasasagi list --since 2d   # the faxes of two days
    kasasagi trace 20261123-7K3QXD2M   # what became of one
example-init =
    kasasagi init   # asks for everything
    kasasagi init --yes --from fax@example.jp --admin clerk@example.jp --fax-address fax@example.jp --imap-host imap.example.jp --imap-user fax --imap-password-file p1 --sender '*@efax.example' --relay-host smtp.example.jp --relay-user fax --relay-password-file p2   # asks nothing
    kasasagi init --config ./kasasagi.toml --yes --from fax@example.jp --sample-registry   # to try it in a folder
example-run =
    kasasagi run --config ./kasasagi.toml   # in the foreground; the service is started with systemctl
example-demo =
    kasasagi demo   # in a new folder
    kasasagi demo --dir ./demo --seed 7   # other noise on the lines
example-check =
    kasasagi check   # everything, a line each
    kasasagi check --mail fax.eml   # what would become of this mail
example-form-print =
    kasasagi form print ICM-01 -o blank.pdf   # for photocopying
    kasasagi form print ICM-01 --serial 1024 -o blank-1024.pdf   # numbered
example-form-fields =
    kasasagi form fields ICM-01
example-read =
    kasasagi read fax.pdf   # as a table
    kasasagi read --json *.tif   # a line of JSON for each form
example-submit =
    kasasagi submit fax.eml
example-list =
    kasasagi list --since 2d   # of the last two days
    kasasagi list --state held   # what is held
example-trace =
    kasasagi trace 20261123-7K3QXD2M
example-held =
    kasasagi held   # what waits
    kasasagi held show 20261123-7K3QXD2M   # why, and what was read
example-held-show =
    kasasagi held show 20261123-7K3QXD2M --pages ./look   # with the pages as pictures
example-held-accept =
    kasasagi held accept 20261123-7K3QXD2M.1   # what was read is right
    kasasagi held accept 20261123-7K3QXD2M.1 --field dr_code=0865   # the physician's code is 0865
    kasasagi held accept 20261123-7K3QXD2M.1 --fields-from fields.txt   # from a file
example-held-route =
    kasasagi held route 20261123-7K3QXD2M.1 --patient 0003878
example-held-reject =
    kasasagi held reject 20261123-7K3QXD2M --reason misdirected
example-held-admit =
    kasasagi held admit 20261123-7K3QXD2M
example-outbox =
    kasasagi outbox   # what is not sent yet
    kasasagi outbox list --all   # and what was sent
example-digest =
    kasasagi digest   # who waits for what
    kasasagi digest send   # now
example-report =
    kasasagi report --day 2026-11-25
example-registry-check =
    kasasagi registry check ./registry   # before it is handed in
example-registry-import =
    kasasagi registry import ./registry --from 2026-12-01   # from December on
example-registry-approve =
    kasasagi registry show 2   # look first
    kasasagi registry approve 2   # by another person
example-registry-export =
    kasasagi registry export ./registry --format toml
example-registry-find =
    kasasagi registry find 山田
example-registry-policy =
    kasasagi registry policy --patient 0003878 --urgency emergency
example-audit-list =
    kasasagi audit list --since 7d --kind decided
    kasasagi audit list --patient 0003878   # what happened to a patient's records
example-audit-export =
    kasasagi audit export --format csv --since 2026-11-01   # for a spreadsheet
example-audit-verify =
    kasasagi audit verify   # everything that is here
    kasasagi audit verify --checkpoint report.eml   # also against the head in a mail
example-audit-head =
    kasasagi audit head --note
example-backup =
    kasasagi backup /mnt/copy/2026-11-30
example-restore =
    kasasagi restore /mnt/copy/2026-11-30 --replace
example-erase =
    kasasagi erase --older-than 90d --dry-run   # only look
    kasasagi erase --fax 20261123-7K3QXD2M
example-keep =
    kasasagi keep 20261123-7K3QXD2M
    kasasagi keep 20261123-7K3QXD2M --release
example-key-rotate =
    kasasagi key rotate
