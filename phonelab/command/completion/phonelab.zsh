#compdef phonelab
# zsh completion of phonelab. The words come from phonelab itself: phonelab completion words -- WORD...

_phonelab() {
	local program=${(Q)words[1]/#\~\//$HOME/} line add value about
	local -a all offered keys

	all=("${(@f)$("$program" completion words -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
	add=$all[1]
	for line in "${(@)all[2,-1]}"; do
		value=${line%%$'\t'*} about=${line#*$'\t'}
		if [[ $value == *= ]]; then
			keys+=("$value${about:+:$about}")
		else
			offered+=("${value//:/\\:}${about:+:$about}")
		fi
	done
	(( $#offered )) && _describe -t words word offered
	(( $#keys )) && _describe -t keys key keys -S '' # a value follows
	case $add in
	files | folders)
		[[ $PREFIX != --*=* ]] || compset -P '--*='
		if [[ $add == files ]]; then _files; else _files -/; fi
		;;
	command*)
		(( CURRENT -= ${add#command } + 1 ))
		shift $(( ${add#command } + 1 )) words
		_normal
		;;
	esac
}

# compinit loads the file as the function; a file that is sourced only defines it.
if [[ $funcstack[1] == _phonelab ]]; then
	_phonelab "$@"
else
	compdef _phonelab phonelab
fi
