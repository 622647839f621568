# Completion of cella for fish, from: cella completion fish

# Succeeds where the command is the one named, or with no name where it is
# still to be typed.
function __cella_at
    set -l words (commandline -opc)
    test "$words[2]" = "$argv[1]"
end

# Prints the words behind what the list under the cursor holds already.
function __cella_list
    set -l before (commandline -t | string replace -r '^--[^=]*=' '' | string match -r '.*,')
    printf '%s\n' "$before"$argv
end

complete -c cella -e
complete -c cella -f
complete -c cella -n __cella_at -s h -l help -d 'list the commands'
complete -c cella -n __cella_at -l version -d 'print the version'
complete -c cella -n __cella_at -a show-all -d 'it\'s [all]: $(HOME) \\ "and" more'
complete -c cella -n __cella_at -a bare -d 'nothing'

complete -c cella -n '__cella_at show-all' -l format -x -a 'text json' -d 'the `FORMAT`: text or json'
complete -c cella -n '__cella_at show-all' -s k -l keys -x -a '(__cella_list age pgp)' -d '[x]: it\'s "\\" $y'
complete -c cella -n '__cella_at show-all' -l out -r -F -d 'a file'
complete -c cella -n '__cella_at show-all' -s r -l rate -x -d 'a number'
complete -c cella -n '__cella_at show-all' -l url -x -d 'a URL'
complete -c cella -n '__cella_at show-all' -s q -l quiet -d 'nothing: at all'
complete -c cella -n '__cella_at show-all' -r -F
complete -c cella -n '__cella_at bare' -x -a 'one two'
