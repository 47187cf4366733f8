package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sockeye/internal/testkit"
)

// script returns the file with the completions for a shell.
func script(t *testing.T, shell string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sockeye."+shell)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	a := parsed(t)
	a.stdout = out
	if err := a.complete(shell); err != nil {
		t.Fatal(err)
	}
	return path
}

func shellRun(t *testing.T, shell string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(shell)
	if err != nil {
		testkit.Skip(t, shell+" is not installed: apt-get install "+shell)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %q: %v\n%s", shell, args, err, out)
	}
	return string(out)
}

// TestCompletionNames checks that every script names every command, every
// option and every value.
func TestCompletionNames(t *testing.T) {
	g := newCompletion(parsed(t).parser.Model)
	for _, shell := range shells() {
		t.Run(shell, func(t *testing.T) {
			b, err := os.ReadFile(script(t, shell))
			if err != nil {
				t.Fatal(err)
			}
			text := string(b)
			words := g.names()
			g.unique(func(f *completedFlag) {
				word := f.long
				if shell == "fish" {
					word = "-l " + f.long[2:]
				}
				words = append(words, word)
				if shell != "powershell" { // it offers no values of options
					words = append(words, f.takes.values...)
				}
			})
			for _, word := range words {
				if !strings.Contains(text, word) {
					t.Errorf("the script does not name %s", word)
				}
			}
		})
	}
}

// TestCompletionSyntax has those shells that are there check their scripts.
func TestCompletionSyntax(t *testing.T) {
	for _, tt := range []struct{ shell, flag string }{{"bash", "-n"}, {"zsh", "-n"}, {"fish", "-n"}} {
		t.Run(tt.shell, func(t *testing.T) { shellRun(t, tt.shell, tt.flag, script(t, tt.shell)) })
	}
}

// TestCompletionZsh loads the script, which defines its function for real.
func TestCompletionZsh(t *testing.T) {
	got := shellRun(t, "zsh", "-fc", "autoload -U compinit; compinit -D; source "+script(t, "zsh")+"; print ${_comps[sockeye]}")
	if got != "_sockeye\n" {
		t.Errorf("got %q completing sockeye, want _sockeye", got)
	}
}

// TestCompletionElvish lets elvish read the script. What it complains of is
// that the module edit is there in terminals only, after it has parsed it all.
func TestCompletionElvish(t *testing.T) {
	path, err := exec.LookPath("elvish")
	if err != nil {
		testkit.Skip(t, "elvish is not installed: apt-get install elvish")
	}
	out, _ := exec.Command(path, "-compileonly", script(t, "elvish")).CombinedOutput()
	if strings.Contains(string(out), "arse error") {
		t.Errorf("elvish: %s", out)
	}
}

// completions to be had from shells that answer without a terminal: the words
// so far, some of what must be offered, and what must not.
var completionCases = []struct {
	name  string
	words []string
	want  []string
	not   []string
}{
	{"commands", []string{""}, []string{"read", "interfaces"}, nil},
	{"live options", []string{"--inter"}, []string{"--interface"}, []string{"--json"}},
	{"options of read", []string{"read", "--j"}, []string{"--json"}, nil},
	{"read has no interface", []string{"read", "--inter"}, nil, []string{"--interface"}},
	{"values", []string{"-o", ""}, []string{"2s", "destination"}, []string{"--json"}},
	{"values of a long option", []string{"read", "--direction", "i"}, []string{"in", "inout"}, []string{"out"}},
	{"shells", []string{"--completions", "p"}, []string{"powershell"}, []string{"zsh"}},
	{"help", []string{"help", "rea"}, []string{"read"}, []string{"live"}},
}

func checkOffered(t *testing.T, got []string, want, not []string) {
	t.Helper()
	offered := map[string]bool{}
	for _, word := range got {
		word, _, _ = strings.Cut(word, "\t")
		offered[word] = true
	}
	for _, word := range want {
		if !offered[word] {
			t.Errorf("got %q, want %s among them", got, word)
		}
	}
	for _, word := range not {
		if offered[word] {
			t.Errorf("got %q, want no %s", got, word)
		}
	}
}

func TestCompletionBash(t *testing.T) {
	path := script(t, "bash")
	for _, tt := range completionCases {
		t.Run(tt.name, func(t *testing.T) {
			words := []string{"sockeye"}
			for _, word := range tt.words {
				words = append(words, singleQuoted(word))
			}
			got := shellRun(t, "bash", "-c", "source "+path+
				"; COMP_WORDS=("+strings.Join(words, " ")+"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _sockeye; printf '%s\n' \"${COMPREPLY[@]}\"")
			checkOffered(t, strings.Split(got, "\n"), tt.want, tt.not)
		})
	}
	t.Run("value after an equals sign", func(t *testing.T) {
		got := shellRun(t, "bash", "-c", "source "+path+
			"; COMP_WORDS=(sockeye --order = to); COMP_CWORD=3; _sockeye; printf '%s\n' \"${COMPREPLY[@]}\"")
		checkOffered(t, strings.Split(got, "\n"), []string{"total"}, []string{"2s"})
	})
}

func TestCompletionFish(t *testing.T) {
	path := script(t, "fish")
	for _, tt := range completionCases {
		t.Run(tt.name, func(t *testing.T) {
			// fish completes only programs that it finds, or that have completions.
			got := shellRun(t, "fish", "--no-config", "-c",
				"source "+path+"; complete -C "+fishQuoted("sockeye "+strings.Join(tt.words, " ")))
			checkOffered(t, strings.Split(got, "\n"), tt.want, tt.not)
		})
	}
}
