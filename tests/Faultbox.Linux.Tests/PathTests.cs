using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Syscalls;

namespace Faultbox.Linux.Tests;

public sealed class PathTests : IDisposable
{
    private readonly ServiceFixture _services = new();
    private readonly ProcCallerReader _reader = new();
    private readonly PathTable _paths = new();
    private readonly List<string> _seen = [];

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Path_arguments_are_resolved_as_the_service_sees_them()
    {
        var seen = await Observe("paths", Describe, "openat", "newfstatat", "rename");
        var root = _services.Directory;
        var deep = string.Concat(Enumerable.Repeat("/dddd", 140));

        Assert.Equal(
            [
                $"openat {root}/d raw d",
                $"openat {root}/d/a.wal raw ../d/./a.wal",
                $"openat {root}/d/b.wal raw b.wal",
                $"openat {root}/d{deep} raw {deep[1..]}/",
                "openat /etc/hostname raw /etc//hostname",
                $"openat {root}/d/e.wal raw e.wal",
                "openat unresolved",
                $"newfstatat {root}/d",
                $"rename {root}/d/b.wal raw b.wal to {root}/d/c.wal",
            ],
            seen.SkipWhile(s => !s.EndsWith("raw d", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Descriptors_are_resolved_with_their_kind()
    {
        var seen = await Observe("descriptors", Describe, "write");

        Assert.Equal(7, seen.Count);
        Assert.Equal($"write {_services.Directory}/gone (deleted) Deleted 1", seen[0]);
        Assert.Matches(@"^write socket:\[\d+\] Socket 1$", seen[1]);
        Assert.Matches(@"^write pipe:\[\d+\] Pipe 1$", seen[2]);
        Assert.Equal("write anon_inode:[eventfd] AnonInode 8", seen[3]);
        Assert.Equal("write /dev/null SystemPath 3", seen[4]);
        Assert.Equal($"writev {_services.Directory}/file File 80", seen[5]);
        Assert.Equal("write unresolved", seen[6]);
    }

    [Fact]
    public async Task Changed_root_is_no_part_of_what_the_service_sees()
    {
        var seen = await Observe("rooted", Describe, "openat", "write");

        Assert.Equal(
            ["openat /in/x.wal raw x.wal", "openat /in/y.wal", "write /in/y.wal File 1", "openat /z.wal raw z.wal"],
            seen.SkipWhile(s => !s.Contains("x.wal", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Destinations_are_read_from_addresses_and_message_headers()
    {
        var seen = await Observe(
            "destinations",
            (ref context) => context.TryGetDestination(out var destination)
                ? $"{SyscallTable.NameOf(context.Number)} {destination}"
                : $"{SyscallTable.NameOf(context.Number)} unreadable",
            "connect",
            "sendto",
            "sendmsg");

        Assert.Equal(
            [
                "connect 127.0.0.1:9", "connect [::1]:10", "connect 127.0.0.2:11", "connect /nowhere.sock", "connect @hidden",
                "sendto 127.0.0.1:9", "sendmsg 127.0.0.1:9", "connect unreadable",
            ],
            seen);
    }

    [Theory]
    [InlineData("/srv/x", PathKind.File)]
    [InlineData("/lib/x", PathKind.File | PathKind.SystemPath)]
    [InlineData("/lib", PathKind.File)]
    [InlineData("/library/x", PathKind.File)]
    [InlineData("/usr/lib64/x", PathKind.File | PathKind.SystemPath)]
    [InlineData("/proc/self/maps", PathKind.File | PathKind.SystemPath)]
    [InlineData("/etc/ld.so.cache", PathKind.File | PathKind.SystemPath)]
    [InlineData("/etc/hosts", PathKind.File)]
    [InlineData("/dev/shm/x (deleted)", PathKind.Deleted | PathKind.SystemPath)]
    [InlineData("socket:[1]", PathKind.Socket)]
    [InlineData("pipe:[1]", PathKind.Pipe)]
    [InlineData("anon_inode:inotify", PathKind.AnonInode)]
    public void Kinds_follow_from_the_text(string path, PathKind kind)
    {
        Assert.Equal(kind, _paths.KindOf(_paths.Intern(Encoding.UTF8.GetBytes(path))));
    }

    [Fact]
    public void Interned_paths_keep_their_number_while_many_threads_add()
    {
        var ids = new int[8][];
        Parallel.For(0, ids.Length, worker =>
            ids[worker] = [.. Enumerable.Range(0, 2000).Select(i => _paths.Intern(Encoding.UTF8.GetBytes($"/srv/{i}")))]);

        Assert.All(ids, own => Assert.Equal(ids[0], own));
        Assert.Equal(2000, ids[0].Distinct().Count());
        Assert.All(Enumerable.Range(0, 2000), i => Assert.Equal($"/srv/{i}", _paths.Text(ids[0][i])));
    }

    [Fact]
    public void Owner_of_a_port_is_the_process_that_listens_on_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        Assert.True(PortOwner.TryFind(port, out var owner));
        Assert.Equal(Environment.ProcessId, owner.Pid);
        Assert.NotEmpty(owner.Process);

        listener.Stop();
        Assert.False(PortOwner.TryFind(port, out _));
    }

    private delegate string Description(ref SyscallContext context);

    private async Task<IReadOnlyList<string>> Observe(string what, Description describe, params string[] calls)
    {
        var handler = new RecordingHandler((listener, ref readonly n) =>
        {
            var context = new SyscallContext(in n, _reader, listener, _paths);
            _seen.Add(describe(ref context));
            listener.Continue(n.Id);
        });
        await _services.RunProbe([what], ServiceFixture.Numbers(calls), handler);
        return _seen;
    }

    private string Describe(ref SyscallContext context)
    {
        var text = new StringBuilder(SyscallTable.NameOf(context.Number));
        if (!context.TryGetPath(out var path))
        {
            return text.Append(" unresolved").ToString();
        }

        text.Append(' ').Append(_paths.Text(path.PathId));
        if (path.RawPathId >= 0)
        {
            text.Append(" raw ").Append(_paths.Text(path.RawPathId));
        }

        if (context.TryGetSecondPath(out var second))
        {
            text.Append(" to ").Append(_paths.Text(second.PathId));
        }

        return context.RequestedBytes >= 0
            ? text.Append(CultureInfo.InvariantCulture, $" {_paths.KindOf(path.PathId)} {context.RequestedBytes}").ToString()
            : text.ToString();
    }
}
