package proc

import (
	"slices"
	"strings"
	"testing"
)

func TestScriptOf(t *testing.T) {
	for _, tt := range []struct{ exe, args, want string }{
		{"/usr/bin/python3.11", "python3 /usr/bin/certbot -q renew", "/usr/bin/certbot"},
		{"/usr/bin/python3.11", "python3 -u -W ignore -X dev app.py --flag", "app.py"},
		{"/usr/bin/python3.11", "python3 -Wignore app.py", "app.py"},
		{"/usr/bin/python3.11", "python3 -m http.server 8000", "http.server"},
		{"/usr/bin/python3.11", "python3 -Im http.server", "http.server"},
		{"/usr/bin/python3.11", "python3 -mvenv x", "venv"},
		{"/usr/bin/python3.11", "python3 -c import(this) app.py", ""},
		{"/usr/bin/python3.11", "python3 -", ""},
		{"/usr/bin/python3.11", "python3 --check-hash-based-pycs always x.py", "x.py"},
		{"/usr/bin/pypy3", "pypy3 -- x.py", "x.py"},
		{"/usr/bin/python3.11", "python3 -m", ""},
		{"/usr/bin/perl", "perl -w /usr/bin/spamd --daemon", "/usr/bin/spamd"},
		{"/usr/bin/perl", "perl -I lib -Mstrict -l t.pl", "t.pl"},
		{"/usr/bin/perl", "perl -lane print x", ""},
		{"/usr/bin/perl", "perl -0777ne print x", ""},
		{"/usr/bin/perl", "perl -i.bak -pe s/a/b/ x", ""},
		{"/usr/bin/ruby3.1", "ruby -W:no-experimental -r json -Ilib app.rb", "app.rb"},
		{"/usr/bin/ruby3.1", "ruby -e puts", ""},
		{"/usr/bin/node", "node --require ./hook.js --max-old-space-size=4096 server.js", "server.js"},
		{"/usr/bin/node", "node -r ./hook.js server.js", "server.js"},
		{"/usr/bin/node", "node --eval x y.js", ""},
		{"/usr/bin/node", "node --eval=x y.js", ""},
		{"/usr/bin/node", "node -pe 1", ""},
		{"/usr/bin/bash", "bash -euo pipefail ./deploy.sh prod", "./deploy.sh"},
		{"/usr/bin/bash", "bash -oe pipefail ./deploy.sh", "./deploy.sh"},
		{"/usr/bin/bash", "bash +x --rcfile /dev/null run.sh", "run.sh"},
		{"/usr/bin/bash", "bash -c sleep run.sh", ""},
		{"/usr/bin/bash", "bash -lc sleep", ""},
		{"/usr/bin/bash", "-bash", ""},
		{"/usr/bin/dash", "sh -s x", ""},
		{"/usr/bin/dash", "/bin/sh /etc/init.d/foo start", "/etc/init.d/foo"},
		{"/bin/busybox", "sh /run.sh", "/run.sh"},
		{"/bin/busybox", "wget x", ""},
		{"/usr/bin/lua5.4", "lua -l mod x.lua", "x.lua"},
		{"/usr/bin/php8.2", "php -d memory_limit=1G artisan serve", "artisan"},
		{"/usr/bin/php8.2", "php -f cron.php", "cron.php"},
		{"/usr/bin/php8.2", "php --file=cron.php", "cron.php"},
		{"/usr/bin/php8.2", "php -S 0.0.0.0:80 router.php", ""},
		{"/usr/lib/jvm/java-17/bin/java", "java -Xmx1g -Dfile.encoding=UTF-8 -jar /opt/app.jar --port 80", "/opt/app.jar"},
		{"/usr/lib/jvm/java-17/bin/java", "java -cp a.jar:b.jar @opts --add-opens java.base/java.lang=ALL-UNNAMED org.example.Main x", "org.example.Main"},
		{"/usr/lib/jvm/java-17/bin/java", "java --module app/org.example.Main", "app/org.example.Main"},
		{"", "/usr/bin/python3 /srv/x.py", "/srv/x.py"},
		{"/usr/bin/curl", "curl x.py", ""},
		{"/usr/bin/python3.11", "gunicorn: master [app]", ""},
	} {
		t.Run(tt.args, func(t *testing.T) {
			args := strings.Fields(tt.args)
			if strings.HasPrefix(tt.args, "gunicorn") { // a title is one argument
				args = []string{tt.args}
			}
			if got := scriptOf(tt.exe, args); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzScriptOf: what is found is in the arguments, and the reading comes to an end.
func FuzzScriptOf(f *testing.F) {
	f.Add("python3", "python3 -Wignore -m http.server")
	f.Add("bash", "bash -oe pipefail x")
	f.Add("php", "php --file=x")
	f.Fuzz(func(t *testing.T, exe, line string) {
		args := strings.Split(line, " ")
		got := scriptOf(exe, args)
		if got != "" && !slices.ContainsFunc(args, func(a string) bool { return strings.HasSuffix(a, got) }) {
			t.Errorf("%q is not in %q", got, args)
		}
	})
}
