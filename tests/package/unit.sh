# Sourced by inside.sh: the unit under systemd. Nothing waits for a fixed time; what does not come fails at the end
# of the job that runs this.
pid() { systemctl show -P MainPID kasasagi; }
restarted() { [ "$(systemctl show -P NRestarts kasasagi)" -ge 1 ]; }
says() { journalctl -q -o cat -u kasasagi | grep -q -- "$1"; }
drop_in() { mkdir -p /etc/systemd/system/kasasagi.service.d && cat >"/etc/systemd/system/kasasagi.service.d/$1.conf" \
  && systemctl daemon-reload; }

must "it is enabled" systemctl is-enabled kasasagi
must "it waits for a person to start it" is "$(systemctl is-active kasasagi)" inactive
must "the unit is sound" systemd-analyze verify --man=no kasasagi.service
must "exposure is at most 1.5" systemd-analyze security --threshold=15 kasasagi.service
systemd-analyze security --no-pager kasasagi.service | grep -E "^(✗|→)"

# Keys and passwords by credential: 0600 of root here, one of the service's user there.
secrets=/etc/kasasagi/credentials here=/run/credentials/kasasagi.service
head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' >$secrets/master.key
echo tanabata >$secrets/imap-password
chmod 600 $secrets/*
cat >>/etc/kasasagi/kasasagi.toml <<S
[store]
master_key = "$here/secret_master.key"
[intake.imap]
host = "localhost"
port = 1
user = "fax"
password_file = "$here/secret_imap-password"
[messages]
templates = "templates"
S
mkdir -p /etc/kasasagi/templates

must "a check does not miss what is handed over later" kasasagi check
must "it starts" systemctl start kasasagi
must "it says so itself" is "$(systemctl show -P ActiveState kasasagi)" active
must_not "no master key lies with the data" test -e /var/lib/kasasagi/master.key
must "a wrong server is trouble, not the end" until_ok shows "TROUBLE imap" kasasagi list
must_not "seccomp shuts readers in behind the unit's own filter" says "no landlock and seccomp\|no seccomp"
kasasagi check | grep walls
if kasasagi check | grep -q "landlock: "; then
  must_not "so does landlock" says "gives the readers no"
fi
must "a fax is taken" kasasagi submit demo/incoming/fax-1.eml
must "it is read and decided" until_ok shows "sending\|delivered" kasasagi list
must "its digest need not wait for the morning" kasasagi digest send
must "it is delivered" until_ok shows delivered kasasagi list
must_not "its readers did not die" says "reader_died"

useradd --groups kasasagi alice
must "who is of the group asks without reading a secret" runuser -u alice -- kasasagi list

echo "{{ no such value }}" >/etc/kasasagi/templates/alert.subject
must "a reload" systemctl reload kasasagi
must "a wrong template is told" until_ok shows "TROUBLE templates" kasasagi list
must "and the gateway runs on" systemctl is-active kasasagi
echo "要確認" >/etc/kasasagi/templates/alert.subject
must "a second reload" systemctl reload kasasagi
until_ok refused shows "TROUBLE templates" kasasagi list
must "mended it is used" says "read anew"

kill -KILL "$(pid)"
until_ok restarted
until_ok systemctl is-active kasasagi
echo "ok   killed it starts again"

drop_in quick <<<$'[Service]\nWatchdogSec=6\nRestartSec=0'
must "it starts with a short watchdog" systemctl restart kasasagi
kill -STOP "$(pid)"
until_ok says "Watchdog timeout"
until_ok systemctl is-active kasasagi
echo "ok   one that hangs is started again by the watchdog"
rm -r /etc/systemd/system/kasasagi.service.d && systemctl daemon-reload

must "it stops" systemctl stop kasasagi
must "in good order" is "$(systemctl show -P Result,ExecMainStatus kasasagi | xargs)" "success 0"

cp /etc/kasasagi/kasasagi.toml good.toml
echo "nonsense = 1" >>/etc/kasasagi/kasasagi.toml
must_not "a wrong setting does not start" systemctl start kasasagi
must "it is told by exit code 2" is "$(systemctl show -P ExecMainStatus kasasagi)" 2
must "and not tried again" is "$(systemctl is-failed kasasagi)" failed
cp good.toml /etc/kasasagi/kasasagi.toml

must "corrected it starts" systemctl start kasasagi
must "what was stored is there" shows delivered kasasagi list
before=$(pid)
