# Sourced by inside.sh, under systemd: every command of the operator's guide, as it is written there, by the people it
# is written for. What the guide takes as an example, a fax or a message, is replaced by one that is there.
store=/var/lib/kasasagi

# The lines of the guide's ```sh blocks, chapter by chapter.
written() {
  zcat -f "$1" | awk '/^ *```/ { inside = ($0 ~ /^ *```sh *$/); next } inside { sub(/^ +/, ""); print }'
}

# People: one who may use sudo, two of the office.
useradd --create-home --groups sudo chief
useradd --create-home --groups kasasagi suzuki
echo "chief ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/chief

# Sheets of the demo: some are delivered or wait for a digest, others are held; one comes from nobody knows whom, by mail.
faxes() {
  local mail
  for mail in /test/demo/incoming/*.eml; do kasasagi submit "$mail" || return 1; done
  from_elsewhere | socat -t 10 - UNIX-CONNECT:/run/kasasagi/lmtp.sock >/test/lmtp
  grep -q '^250 2.0.0' /test/lmtp || { cat /test/lmtp; return 1; }
}
from_elsewhere() {
  printf 'LHLO mx.example.jp\r\nMAIL FROM:<x@elsewhere.example>\r\nRCPT TO:<fax@gw.example.jp>\r\nDATA\r\n'
  sleep 2
  printf 'Received: from elsewhere by mx.example.jp; Thu, 26 Nov 2026 09:00:00 +0900\r\n'
  sed 's/^Message-ID: </&again-/I' /test/demo/incoming/fax-1.eml
  printf '\r\n.\r\n'
  sleep 2
  printf 'QUIT\r\n'
}
settled() { ! kasasagi list | awk '{ print $5 }' | grep -qx 'received\|opened\|read'; }
those() { kasasagi list | awk -v state="$1" -v remark="${2:-}" '$5 == state && $0 ~ remark { print $1 }'; }

# A person does not start it as often as this test.
start() { systemctl reset-failed kasasagi; systemctl start kasasagi; }

# The store as it was when every fax had come, so that what one line decides is open again for the next.
keep_store() {
  systemctl stop kasasagi
  rm -rf /test/store && cp -a $store /test/store
  start
}
fresh_store() {
  systemctl stop kasasagi
  rm -rf $store/* && cp -a /test/store/. $store/
  start
}

# A line with what it names replaced.
as_here() {
  local fax item line=$1
  grep -Eq '20[0-9]{6}-[0-9A-Z]{8}|[0-9a-f]{64}' <<<"$line" || { echo "$line"; return; }
  case $line in
    *"held admit"*) fax=$(those held unknown_sender | head -1) ;;
    *"held "*) fax=$(those held physician_differs | head -1) ;;
    *"erase "*) fax=$(those delivered | tail -1) ;;
    *) fax=$(those delivered | head -1) ;;
  esac
  item=$(kasasagi outbox | awk '/^2/ { print $1; exit }')
  sed -E "s/20[0-9]{6}-[0-9A-Z]{8}(\.1)?\.[0-9]{4}/$item/; t; s/20[0-9]{6}-[0-9A-Z]{8}/$fax/; s/[0-9a-f]{64}/$(kasasagi audit key)/" \
    <<<"$line"
}

# What a person would type into it.
typed() {
  case $1 in
    *"adduser tanaka") printf 'himitsu\nhimitsu\n\n\n\n\n\nY\n' ;;
    # An editor throws away what was typed before it came.
    *"sudo nano"*) until_ok pgrep -x nano; sleep 2; printf 'himitsu\r\x18y\r' ;;
    *"kasasagi init") printf 'fax@gw.example.jp\n\nclerk@gw.example.jp\n\n\n\n' ;;
    *"--fields-from -") printf 'dr_code=0638\n' ;;
  esac
}
terminal() { case $1 in *"sudo nano"* | *"kasasagi init") return 0 ;; *) return 1 ;; esac; }
by() { case $1 in sudo*) echo chief ;; *approve* | *turn-down*) echo suzuki ;; *) echo tanaka ;; esac; }
may_find() { case $1 in *"held accept "*.1 | *"check --mail"*) return 0 ;; *) return 1 ;; esac; }

# The gateway as the line needs it: one that restores or changes the key wants it stopped.
before_line() {
  case $chapter:$1 in
    *1-setup*check* | *systemctl* | *"sudo install"* | *adduser* | *nano* | *init) ;;
    *"kasasagi restore"* | *"key rotate"*) systemctl stop kasasagi ;;
    *6-keeping*) start ;;
    *"held "[ar]* | *"outbox "[rc]* | *turn-down*) fresh_store ;;
  esac
}

run_line() {
  local line who rc=0
  before_line "$1"
  line=$(as_here "$1") who=$(by "$1")
  if terminal "$1"; then line="TERM=xterm script -qec '$line' /dev/null"; fi
  typed "$1" | runuser -l "$who" -c "$line" >/test/said 2>&1 || rc=$?
  if [ $rc = 0 ] || { [ $rc = 1 ] && may_find "$1"; }; then
    echo "ok   $1"
  else
    echo "FAIL $1: as $who: $line: $rc"
    tail -20 /test/said
    exit 1
  fi
}

after_line() {
  case $1 in
    *"enable --now"*)
      must "the faxes of the demo come" faxes
      until_ok settled
      keep_store ;;
    *"registry import touroku") keep_store ;;
  esac
}

before_chapter() {
  case $1 in
    *1-setup*)
      cp /test/demo/incoming/fax-1.eml /tmp/fax.eml
      cp -r /test/demo/registry/. /home/chief/
      mkdir -p /etc/kasasagi/registry && cp -r /test/demo/registry/certs /etc/kasasagi/registry/ ;;
    *2-registry*) fresh_store ;;
    *6-keeping*) fresh_store; kasasagi audit head >/home/tanaka/head.txt ;;
    # The key is another one by now.
    *7-privacy*) keep_store ;;
  esac
}

# A pipe would make the lines end in a shell of their own.
for chapter in /usr/share/doc/kasasagi/guide/*.en.md*; do
  echo "--   $(basename "$chapter")"
  before_chapter "$chapter"
  mapfile -t lines < <(written "$chapter")
  for line in "${lines[@]}"; do
    run_line "$line"
    after_line "$line"
  done
done
