# Types a line, a tab and Enter in an interactive bash that has loaded a
# completion script, and in which cella is a function that says which words it
# got: typed.zsh SCRIPT LINE
zmodload zsh/zpty
zpty shell bash --norc --noprofile -i
zpty -w shell "PS1=; bind 'set bell-style none'; source ${(q)1}; cella() { printf '<%s>' \"\$@\"; echo END; }; echo REA''DY"
zpty -r shell shown '*READY*'
zpty -w -n shell "$2"$'\t\n'
zpty -r shell shown '*END*'
print -r -- "$shown"
zpty -d shell
