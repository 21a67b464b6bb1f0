# Reads what to clean up, one item a line, until the input ends. The input also ends when the other process is killed.
processes=
folders=
newline='
'
while read -r word what; do
    case "$word" in
        kill) processes="$processes $what " ;;
        unwatch) case "$processes" in *" $what "*) processes="${processes%% $what *}${processes#* $what }" ;; esac ;;
        remove) folders="$folders$what$newline" ;;
    esac
done
for process in $processes; do kill -KILL "$process"; done
printf '%s' "$folders" | while read -r folder; do rm -rf "$folder"; done
