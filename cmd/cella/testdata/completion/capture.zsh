# Types a line and a tab in an interactive zsh that has loaded a completion
# script, and prints what that shell shows: capture.zsh SCRIPT LINE
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "script=${(q)1}; source ${(q)0:A:h}/shell.zsh"
zpty -r shell shown '*READY*'
zpty -w -n shell "$2"$'\t'
zpty -r shell shown '*END*'
print -r -- "$shown"
zpty -d shell
