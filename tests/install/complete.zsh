# SPDX-License-Identifier: MIT
#
# complete.zsh FOLDER OUT LINE...: what a zsh that a person types into makes of each LINE and a tab,
# with the functions of FOLDER; one line each, to the file OUT. Ends when all are there.
zmodload zsh/zpty zsh/zselect
folder=$1 out=$2
shift 2
zpty shell "PS1= TERM=dumb zsh -f -i"

zpty -w shell "cd \$HOME; fpath=($folder \$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w shell 'told() { zle expand-or-complete; print -r -- "$BUFFER" >>'"$out"'; BUFFER=; }'
zpty -w shell 'zle -N told; bindkey "^X" told; LISTMAX=0; print -r -- >'"$out"

lines() { [[ -e $out ]] && print ${#${(f)"$(<$out; print .)"}} || print 0 }

wait_for() {
    local tries
    until [[ $(lines) -ge $1 || $((++tries)) -gt 500 ]]; do
        zpty -r -t shell ignored
        zselect -t 1
    done
}

wait_for 1
integer n=1
for line; do
    zpty -w -n shell "$line"$'\x18'
    wait_for $((++n))
done
zpty -d shell
