# Starts and stops a server as its input says, one order a line, and answers each with an exit code. When the input ends, which
# it does also when the process at its other end is killed, the server ends and its folder goes.
# $1 is the server's folder, $2 is pg_ctl.
folder="$1"
pg_ctl="$2"
cd "$folder" || exit 1
control() { "$pg_ctl" --silent --wait --timeout=60 --pgdata=data "$@" >&2; }
while read -r word port; do
    case "$word" in
        start) control --log=log --options="-p $port" start ;;
        stop) control --mode=fast stop ;;
        crash) control --mode=immediate stop ;;
    esac
    echo "$?"
done
if [ -e data/postmaster.pid ]; then control --mode=immediate stop; fi
cd / && rm -rf "$folder"
