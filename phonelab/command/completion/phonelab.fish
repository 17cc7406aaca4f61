# fish completion of phonelab. The words come from phonelab itself: phonelab completion words -- WORD...

function __phonelab_words
	set -l before (commandline -opc)
	set -l word (commandline -ct)
	set -l all ($before[1] completion words -- $before[2..-1] $word 2>/dev/null)
	set -l option (string match -r -- '^--[^=]*=' $word; or echo '') # an empty list would empty what follows it

	test (count $all) -gt 1; and printf '%s\n' $all[2..-1]
	switch "$all[1]"
		case files
			printf '%s\n' $option(__fish_complete_path (string replace -r -- '^--[^=]*=' '' $word))
		case folders
			printf '%s\n' $option(__fish_complete_directories (string replace -r -- '^--[^=]*=' '' $word))
		case 'command *'
			set -l at (string replace 'command ' '' $all[1])
			complete -C (string join ' ' -- $before[(math $at + 2)..-1] $word)
	end
end

complete -c phonelab -f -a '(__phonelab_words)'
