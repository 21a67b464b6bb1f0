# Starts and stops a server. Reads one order a line, and prints an exit code for each. When the input ends, also because the other
# process is killed, stops the server and removes the folder.
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
