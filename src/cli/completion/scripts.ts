/** What a shell runs to complete `headgate`: it asks headgate itself, so that it need not know a command. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** Where the script belongs, for the user alone. */
export const INSTALLING: Readonly<Record<Shell, string>> = {
  bash: 'headgate completion bash > ~/.local/share/bash-completion/completions/headgate',
  zsh: 'headgate completion zsh > "$fpath[1]/_headgate"',
  fish: 'headgate completion fish > ~/.config/fish/completions/headgate.fish',
}

/** `headgate candidates` answers with lines of `word TAB what it is`, or with `:files`. */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# headgate for bash
_headgate() {
  local word about answer
  COMPREPLY=()
  answer=$("\${COMP_WORDS[0]}" candidates -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return 0
  if [[ $answer == :files ]]; then
    compopt -o default
    return 0
  fi
  while IFS=$'\\t' read -r word about; do
    if [[ -n $word ]]; then COMPREPLY+=("$word"); fi
    if [[ $word == *= ]]; then compopt -o nospace; fi
  done <<<"$answer"
}
complete -F _headgate headgate
`,
  zsh: `#compdef headgate
# headgate for zsh
_headgate() {
  local line answer
  local -a described
  answer=$("\${words[1]}" candidates -- "\${(@)words[2,CURRENT]}" 2>/dev/null) || return 1
  if [[ $answer == :files ]]; then
    _files
    return
  fi
  for line in "\${(@f)answer}"; do
    [[ -n $line ]] && described+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe headgate described
}
if [[ \${funcstack[1]} == _headgate ]]; then _headgate "$@"; else compdef _headgate headgate; fi
`,
  fish: `# headgate for fish
function __headgate_candidates
  set -l before (commandline -opc)
  set -l typed (commandline -ct)
  set -l answer ($before[1] candidates -- $before[2..-1] "$typed" 2>/dev/null)
  if test "$answer[1]" = :files
    __fish_complete_path "$typed"
  else
    printf '%s\\n' $answer
  end
end
complete -c headgate -f -a '(__headgate_candidates)'
`,
}
