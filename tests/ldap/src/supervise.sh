# Starts and stops a server. Reads one order a line, and prints a word for each. When the input ends, also because the other process
# is killed, stops the server and removes the folder.
# $1 is the server's folder, $2 is slapd, $3 are the addresses to listen on.
folder="$1"
slapd="$2"
addresses="$3"
server=
cd "$folder" || exit 1
end() {
    if [ -n "$server" ]; then
        kill "$server" 2> /dev/null
        wait "$server"
        server=
    fi
}
while read -r word; do
    case "$word" in
        start)
            # With `-d`, even with the level 0, slapd does not detach from this shell.
            "$slapd" -d 0 -f slapd.conf -h "$addresses" >> log 2>&1 &
            server=$!
            echo done
            ;;
        stop) end && echo done ;;
        ask) if kill -0 "$server" 2> /dev/null; then echo runs; else echo ended; fi ;;
    esac
done
end
cd / && rm -rf "$folder"
