# Makes this shell print every match in angle brackets, then END.
PROMPT= RPROMPT=
autoload -Uz compinit
compinit -u -d ~/.zcompdump # the next shell is faster
source $script
bindkey '^I' complete-word
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@" # only asks which would match
    return
  fi
  local -a matches
  builtin compadd -A matches "$@"
  print -rl -- "<"$^matches">"
}
finish() { print END; exit }
comppostfuncs=(finish)
print "READ""Y" # not what the terminal echoes of this line
