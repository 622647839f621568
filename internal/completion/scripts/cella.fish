# Completion of cella for fish 3 and later, from: cella completion fish

function __cella_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct | string replace -ra '["\'\\\\]' '')
    for answer in (command cella __complete -- $words[2..-1] "$current" 2>/dev/null)
        switch $answer
            case ':files *'
                set -l from (string replace ':files ' '' -- $answer)
                set -l head (string sub -l $from -- "$current")
                for file in (__fish_complete_path (string sub -s (math $from + 1) -- "$current"))
                    echo -- $head$file
                end
            case ':*'
            case '*'
                echo -- $answer
        end
    end
end

complete -c cella -e
complete -c cella -f -k -a '(__cella_complete)'
