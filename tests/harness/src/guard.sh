# Reads what to clean up, one thing a line, until its input ends, which it does also when the process at its other end is killed.
processes=
folders=
newline='
'
while read -r word what; do
    case "$word" in
        kill) processes="$processes $what " ;;
        forget) case "$processes" in *" $what "*) processes="${processes%% $what *}${processes#* $what }" ;; esac ;;
        remove) folders="$folders$what$newline" ;;
    esac
done
for process in $processes; do kill -KILL "$process"; done
printf '%s' "$folders" | while read -r folder; do rm -rf "$folder"; done
