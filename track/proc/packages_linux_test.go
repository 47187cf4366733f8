package proc

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sockeye/internal/testkit"
)

// A fakeProcess is a folder like /proc/PID, with a root that has a database.
type fakeProcess struct {
	tb   testing.TB
	dir  string
	root string
}

func newFakeProcess(tb testing.TB) *fakeProcess {
	tb.Helper()
	dir := tb.TempDir()
	p := &fakeProcess{tb: tb, dir: dir, root: filepath.Join(dir, "root")}
	for name, file := range dpkgTree() {
		p.write(name, string(file.Data))
	}
	return p
}

func (p *fakeProcess) write(name, text string) {
	p.tb.Helper()
	name = filepath.Join(p.root, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		p.tb.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		p.tb.Fatal(err)
	}
}

func (p *fakeProcess) link(to, name string) {
	p.tb.Helper()
	if err := os.Symlink(to, filepath.Join(p.root, name)); err != nil {
		p.tb.Fatal(err)
	}
}

// run makes the process one that runs this file of its root.
func (p *fakeProcess) run(name string) {
	p.tb.Helper()
	exe := filepath.Join(p.dir, "exe")
	os.Remove(exe)
	if err := os.Symlink(filepath.Join(p.root, name), exe); err != nil {
		p.tb.Fatal(err)
	}
}

// want fails the test unless the package of exe has this name, "" for none.
func (p *fakeProcess) want(ps *packages, exe, name string) {
	p.tb.Helper()
	got, err := ps.of(p.dir, exe)
	switch {
	case err != nil:
		p.tb.Errorf("package of %s: %v", exe, err)
	case name == "" && got != nil:
		p.tb.Errorf("package of %s: got %v, want none", exe, got)
	case name != "" && (got == nil || got.Name != name):
		p.tb.Errorf("package of %s: got %v, want %s", exe, got, name)
	}
}

func TestPackageOfBash(t *testing.T) {
	if _, err := os.Stat("/" + dpkgStatus); errors.Is(err, fs.ErrNotExist) {
		testkit.Skip(t, "there is no dpkg: run it on Debian")
	}
	cmd := exec.Command("bash", "-c", "read")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { in.Close(); cmd.Wait() }()
	dir := "/proc/" + strconv.Itoa(cmd.Process.Pid)
	var exe string
	testkit.Eventually(t, 10*time.Second, "bash to run", func() bool {
		exe, _ = os.Readlink(dir + "/exe")
		return filepath.Base(exe) == "bash"
	})
	got, err := newPackages().of(dir, exe)
	if err != nil {
		t.Fatal(err)
	}
	version, err := exec.Command("dpkg-query", "-W", "-f", "${Version}", "bash").Output()
	if err != nil {
		t.Fatal(err)
	}
	if got == nil || got.Name != "bash" || got.Version != string(version) || got.Arch == "" {
		t.Errorf("package of %s: got %+v, want bash %s", exe, got, version)
	}
}

func TestPackageOfThisTest(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := newPackages().of("/proc/self", exe); got != nil || err != nil {
		t.Errorf("got %v, %v, want none", got, err)
	}
}

func TestPackageMergedDirectories(t *testing.T) {
	p := newFakeProcess(t)
	p.write("usr/bin/ls", "")
	p.run("usr/bin/ls")
	// There is another file of the name that the package has, or none.
	p.want(newPackages(), "/usr/bin/ls", "")
	p.write("bin/ls", "")
	p.want(newPackages(), "/usr/bin/ls", "")

	if err := os.RemoveAll(filepath.Join(p.root, "bin")); err != nil {
		t.Fatal(err)
	}
	p.link("/usr/bin", "bin") // as the process sees it
	p.want(newPackages(), "/usr/bin/ls", "coreutils")
}

func TestPackageOfAnotherFile(t *testing.T) {
	p := newFakeProcess(t)
	p.write("bin/ls", "new")
	p.write("old", "old")
	p.run("old")
	p.want(newPackages(), "/bin/ls", "")
	p.run("bin/ls")
	p.want(newPackages(), "/bin/ls", "coreutils")
	for _, exe := range []string{"memfd:ls", "/bin/../bin/ls", "/bin/ls (deleted)", ""} {
		p.want(newPackages(), exe, "")
	}
}

// TestPackageBeyondRoot is a daemon that has changed its root: it runs a file that is
// not in it.
func TestPackageBeyondRoot(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "root"), 0o755); err != nil {
		t.Fatal(err)
	}
	bash, err := filepath.EvalSymlinks("/bin/bash")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(bash, filepath.Join(dir, "exe")); err != nil {
		t.Fatal(err)
	}
	got, err := newPackages().of(dir, bash)
	want, wantErr := newPackages().of("/proc/self", bash)
	if err != nil || wantErr != nil {
		t.Fatal(err, wantErr)
	}
	if want != nil {
		t.Errorf("of a process that does not run it: got %v", want)
	}
	if _, err := os.Stat("/" + dpkgStatus); err == nil && (got == nil || got.Name != "bash") {
		t.Errorf("package of %s: got %v, want bash", bash, got)
	}
}

func TestPackageAnswersAreKept(t *testing.T) {
	p := newFakeProcess(t)
	p.write("bin/ls", "")
	p.run("bin/ls")
	ps := newPackages()
	now := time.Unix(1e9, 0)
	ps.now = func() time.Time { return now }
	p.want(ps, "/bin/ls", "coreutils")

	list := filepath.Join(p.root, dpkgInfo, "coreutils.list")
	if err := os.Rename(list, filepath.Join(p.root, dpkgInfo, "other.list")); err != nil {
		t.Fatal(err)
	}
	now = now.Add(packageTrust)
	p.want(ps, "/bin/ls", "coreutils") // status is as it was
	p.write(dpkgStatus, dpkgPackages+"\n")
	p.want(ps, "/bin/ls", "coreutils")
	now = now.Add(packageTrust)
	p.want(ps, "/bin/ls", "other")
}

func TestPackageProcessGone(t *testing.T) {
	if _, err := newPackages().of(filepath.Join(t.TempDir(), "1"), "/bin/ls"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}

// TestRootHoldsWhatIsInIt opens what the owner of a root may have put there.
func TestRootHoldsWhatIsInIt(t *testing.T) {
	p := newFakeProcess(t)
	if err := os.WriteFile(filepath.Join(p.dir, "secret"), []byte("outside"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.write("secret", "inside")
	p.link("../secret", "up")
	p.link("/secret", "top")
	p.link("/proc/self/root/etc/passwd", "magic")
	p.link("loop", "loop")
	if err := unix.Mkfifo(filepath.Join(p.root, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	root, err := openRoot(p.root)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for _, name := range []string{"secret", "up", "top"} {
		text, err := fs.ReadFile(root, name)
		if err != nil || string(text) != "inside" {
			t.Errorf("%s: got %q, %v, want the file in the root", name, text, err)
		}
	}
	for _, name := range []string{"pipe", "loop", "magic", "../secret", "/secret"} {
		if f, err := root.Open(name); err == nil {
			f.Close()
			t.Errorf("%s: was opened", name)
		}
	}
	old, err := root.findOld("var/lib/dpkg/status")
	if err != nil {
		t.Fatal(err)
	}
	old.Close()
	if f, err := root.findOld("up/../../secret"); err == nil {
		f.Close()
		t.Error("without openat2, a name that leads out was opened")
	}
}

// TestRootWaitsForNobody: who owns a file may make those wait who open it (fcntl(2),
// F_SETLEASE), for 45 s each time.
func TestRootWaitsForNobody(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "passwd"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		testkit.Skip(t, "the file system has no leases: "+err.Error())
	}
	opened := make(chan error, 1)
	go func() {
		got, _, err := openIn(dir, "passwd")
		if err == nil {
			got.Close()
		}
		opened <- err
	}()
	select {
	case err := <-opened:
		if !errors.Is(err, unix.EWOULDBLOCK) {
			t.Errorf("got %v, want EWOULDBLOCK", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it still waits for the lease after 5 s")
	}
}

// TestReadsNoFileWithoutLength: a link to one that the kernel makes up, such as
// /proc/kmsg, would be read for ever, and take from others what it tells.
func TestReadsNoFileWithoutLength(t *testing.T) {
	f, _, err := openIn("/proc", "version")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if b, err := readUpTo(f, 1<<20); err != nil || len(b) > 0 {
		t.Errorf("got %q, %v, want nothing", b, err)
	}
}

// TestPackageOfAFileMountedOver has a process that runs its own file by the name of a
// package's, which in a user namespace everybody can do.
func TestPackageOfAFileMountedOver(t *testing.T) {
	testkit.Root(t)
	if _, err := os.Stat("/" + dpkgStatus); errors.Is(err, fs.ErrNotExist) {
		testkit.Skip(t, "there is no dpkg: run it on Debian")
	}
	cmd := exec.Command("/bin/sh", "-c", `mount --make-rprivate / && mount --bind /bin/sleep /usr/bin/od && echo && exec /usr/bin/od 30`)
	cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	pid := start(t, cmd)
	dir := filepath.Join("/proc", strconv.Itoa(int(pid)))
	const exe = "/usr/bin/od"
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if link, err := os.Readlink(dir + "/exe"); err == nil && link == exe {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("it runs %s, %v, want %s", link, err, exe)
		}
	}
	if got, err := newPackages().of(dir, exe); got != nil || err != nil {
		t.Errorf("got %v, %v, want none: what runs is no file of it", got, err)
	}
}

func TestPackageOfOthers(t *testing.T) {
	_, looked := os.Stat("/proc/1/exe")
	_, err := newPackages().of("/proc/1", "/sbin/init")
	if got, want := errors.Is(err, fs.ErrPermission), errors.Is(looked, fs.ErrPermission); got != want {
		t.Errorf("got %v, where to look at the executable gives %v", err, looked)
	}
}

func BenchmarkPackageOf(b *testing.B) {
	if _, err := os.Stat("/" + dpkgStatus); err != nil {
		testkit.Skip(b, "there is no dpkg: run it on Debian")
	}
	bash, err := filepath.EvalSymlinks("/bin/bash")
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	for link, to := range map[string]string{"root": "/", "exe": bash} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			b.Fatal(err)
		}
	}
	ps := newPackages()
	for _, bb := range []struct {
		name string
		wait time.Duration
		drop bool
	}{{"kept", 0, false}, {"looked after", packageTrust, false}, {"found", 0, true}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			now := time.Unix(1e9, 0)
			ps.now = func() time.Time { return now }
			for b.Loop() {
				if now = now.Add(bb.wait); bb.drop {
					ps.answers.Purge()
				}
				if got, err := ps.of(dir, bash); got == nil || err != nil {
					b.Fatal(got, err)
				}
			}
		})
	}
}
