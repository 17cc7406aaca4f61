# bash completion of phonelab. The words come from phonelab itself: phonelab completion words -- WORD...

_phonelab() {
	local line=${COMP_LINE:0:COMP_POINT} word blanks piece add value all=() words=() i
	COMPREPLY=()

	# bash cuts words at ":" and "=" (COMP_WORDBREAKS); join the pieces between which there is no blank.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		piece=${COMP_WORDS[i]}
		word=${line#"${line%%[![:space:]]*}"}
		blanks=$((${#line} - ${#word}))
		((i < COMP_CWORD)) || piece=$word # up to the cursor
		line=${word:${#piece}}
		if ((i == 0 || blanks > 0)) || [[ $i -eq $COMP_CWORD && -z $piece ]]; then
			words+=("$piece")
		else
			words[-1]+=$piece
		fi
	done
	word=${words[-1]}

	mapfile -t all < <("${words[0]/#\~/$HOME}" completion words -- "${words[@]:1}" 2>/dev/null)
	add=${all[0]-}
	for value in "${all[@]:1}"; do
		COMPREPLY+=("${value%%$'\t'*}")
	done
	case $add in
	files | folders)
		[[ $word != --*=* ]] || word=${word#*=}
		[[ $add != files ]] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$word")
		[[ $add != folders ]] || mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "$word")
		compopt -o filenames
		return
		;;
	command*)
		if declare -F _command_offset >/dev/null; then
			_command_offset $((${add#command } + 1))
		elif ((${#words[@]} - 2 == ${add#command })); then
			mapfile -t COMPREPLY < <(compgen -c -- "$word")
		else
			compopt -o default
		fi
		return
		;;
	esac
	# readline replaces only what stands behind the last ":" or "=".
	if [[ $word == *[:=]* ]]; then
		word=${word%"${word##*[:=]}"}
		COMPREPLY=("${COMPREPLY[@]#"$word"}")
	fi
	[[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}

complete -F _phonelab phonelab
