using System.Globalization;
using System.Net.Sockets;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Faultbox.Runtime.Execution;

namespace Faultbox.Cli.Doctor;

/// <summary>Looks at everything on the host that a feature may need. Changes nothing that stays.</summary>
internal static class HostExamination
{
    private const int NetworkAdministration = 12;
    private const int ProcessTracing = 19;
    private const long Mebibyte = 1024 * 1024;

    public static IReadOnlyList<HostCheck> All()
    {
        var release = Line("/proc/sys/kernel/osrelease") ?? "";
        var trial = LaunchTrial.Make();
        return
        [
            Kernel(release),
            KillableWaits(release),
            SynchronousWakeUp(release),
            Notifications(),
            HandOff(trial),
            CallerMemory(),
            BundleDirectory(),
            Memory(),
            Disk(),
            Isolation(trial),
            ControlGroups(),
            ContainerEngine(),
            PacketDevice(),
            PacketFilter(),
        ];
    }

    private static HostCheck Kernel(string release) => HostCheck.Of(
        "kernel",
        "T1",
        IsAtLeast(release, 5, 9) ? HostStatus.Ok : HostStatus.Missing,
        release,
        "system-call faults",
        "use Linux 5.9 or later");

    private static HostCheck KillableWaits(string release) => HostCheck.Of(
        "killable_waits",
        "T1",
        IsAtLeast(release, 5, 19) ? HostStatus.Ok : HostStatus.Limited,
        "Linux 5.19: a signal does not interrupt a call that waits for its verdict",
        "programs with frequent signals are slower, because interrupted calls are issued again",
        "use Linux 5.19 or later");

    private static HostCheck SynchronousWakeUp(string release) => HostCheck.Of(
        "synchronous_wake_up",
        "T1",
        IsAtLeast(release, 6, 6) ? HostStatus.Ok : HostStatus.Limited,
        "Linux 6.6: verdicts are given on the processor of the caller",
        "intercepted calls are slower",
        "use Linux 6.6 or later");

    private static HostCheck Notifications()
    {
        var available = Line("/proc/sys/kernel/seccomp/actions_avail")?.Split(' ').Contains("user_notif") == true;
        var difference = available ? NotificationSizes.OfKernel?.Difference : "the kernel has no user notifications";
        return HostCheck.Of(
            "seccomp",
            "T1",
            difference is null ? HostStatus.Ok : HostStatus.Missing,
            difference ?? "user notifications are available, in the sizes that this program knows",
            "system-call faults",
            available ? "use a newer Faultbox" : "use a kernel with CONFIG_SECCOMP_FILTER; gVisor and some sandboxes have none");
    }

    private static HostCheck HandOff(LaunchTrial trial) => HostCheck.Of(
        "interception",
        "T1",
        trial.Intercepted ? HostStatus.Ok : HostStatus.Missing,
        trial.Intercepted ? "a program was launched under a filter and its calls were seen" : trial.Failure ?? "a program was launched, but none of its calls was seen",
        "system-call faults",
        "in a container allow seccomp (--security-opt seccomp=unconfined); a process that is itself intercepted cannot intercept others");

    private static HostCheck CallerMemory()
    {
        var scope = Line("/proc/sys/kernel/yama/ptrace_scope");
        var denied = scope == "3" || (scope == "2" && !HasCapability(ProcessTracing));
        return HostCheck.Of(
            "caller_memory",
            "T1",
            denied ? HostStatus.Missing : HostStatus.Ok,
            scope is null ? "arguments of calls can be read (no ptrace restriction)" : $"kernel.yama.ptrace_scope is {scope}",
            "path= and to= of system-call faults",
            "sysctl kernel.yama.ptrace_scope=1, or run with CAP_SYS_PTRACE");
    }

    private static HostCheck BundleDirectory()
    {
        var directory = Path.GetFullPath(Environment.GetEnvironmentVariable("FAULTBOX_BUNDLE_DIR") is { Length: > 0 } named ? named : ".");
        string? problem = null;
        try
        {
            var probe = Path.Combine(Directory.CreateDirectory(directory).FullName, $".faultbox-{Environment.ProcessId}");
            File.Create(probe, 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
        }

        return HostCheck.Of(
            "bundle_directory",
            "T0",
            problem is null ? HostStatus.Ok : HostStatus.Missing,
            problem ?? directory,
            "bundles",
            "set FAULTBOX_BUNDLE_DIR to a directory that can be written, or use --no-bundle");
    }

    private static HostCheck Memory()
    {
        var available = Preflight.AvailableMemory();
        return HostCheck.Of(
            "memory",
            "T0",
            available < Preflight.LeastMemory ? HostStatus.Limited : HostStatus.Ok,
            available is { } bytes ? $"{Mebibytes(bytes)} available" : "unknown",
            "services may be killed or start slowly",
            $"free memory: at least {Mebibytes(Preflight.LeastMemory)} should be available");
    }

    private static HostCheck Disk()
    {
        var directory = Path.GetTempPath();
        var free = Preflight.FreeSpace(directory);
        return HostCheck.Of(
            "disk",
            "T0",
            free < Preflight.LeastDisk ? HostStatus.Limited : HostStatus.Ok,
            $"{Mebibytes(free)} free below {directory}",
            "services and bundles may fail to write",
            $"free at least {Mebibytes(Preflight.LeastDisk)}, or set TMPDIR to another file system");
    }

    private static HostCheck Isolation(LaunchTrial trial)
    {
        var apart = trial.Isolation == "namespace";
        return HostCheck.Of(
            "namespaces",
            "T4",
            apart ? HostStatus.Ok : HostStatus.Limited,
            apart ? "services get process namespaces of their own" : "services run in process groups of this host",
            "a process that leaves its group may outlive its service; workers cannot use the same ports",
            "run as root, or allow user namespaces: sysctl user.max_user_namespaces=10000 (and kernel.apparmor_restrict_unprivileged_userns=0)");
    }

    private static HostCheck ControlGroups()
    {
        var usable = ServiceLauncher.HasControlGroups;
        return HostCheck.Of(
            "control_groups",
            "T4",
            usable ? HostStatus.Ok : HostStatus.Limited,
            usable ? "cgroup v2 groups can be created" : "cgroup v2 is absent, not delegated, or older than Linux 5.14",
            "pause() uses signals, which a program can notice",
            "mount cgroup v2, and run as root or in a delegated scope: systemd-run --user --scope -p Delegate=yes faultbox …");
    }

    private static HostCheck ContainerEngine()
    {
        const string Scheme = "unix://";
        var host = Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } named ? named : Scheme + "/var/run/docker.sock";
        var problem = host.StartsWith(Scheme, StringComparison.Ordinal) ? ProblemOf(host[Scheme.Length..]) : null;
        return HostCheck.Of(
            "container_engine",
            "T2",
            problem is null ? HostStatus.Ok : HostStatus.Missing,
            problem is null ? host : $"{host}: {problem}",
            "services in containers",
            "install and start Docker, and join its group; DOCKER_HOST names another engine");
    }

    private static HostCheck PacketDevice()
    {
        var device = File.Exists("/dev/net/tun");
        var allowed = HasCapability(NetworkAdministration);
        return HostCheck.Of(
            "tun",
            "T3",
            device && allowed ? HostStatus.Ok : HostStatus.Missing,
            $"/dev/net/tun {(device ? "exists" : "is absent")}, CAP_NET_ADMIN is {(allowed ? "held" : "not held")}",
            "packet faults and partition()",
            "run with CAP_NET_ADMIN; in a container add --cap-add NET_ADMIN --device /dev/net/tun");
    }

    private static HostCheck PacketFilter()
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin")
            .Select(d => Path.Combine(d, "nft")).FirstOrDefault(File.Exists);
        return HostCheck.Of(
            "nftables",
            "T3",
            program is null ? HostStatus.Limited : HostStatus.Ok,
            program ?? "the program nft is not installed",
            "rules that other software left in the packet filter cannot be listed",
            "install nftables");
    }

    /// <summary>Why nobody answers at a unix socket; null when somebody does.</summary>
    private static string? ProblemOf(string path)
    {
        if (!File.Exists(path))
        {
            return "there is no such socket";
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return null;
        }
        catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException)
        {
            return e.Message;
        }
    }

    private static bool IsAtLeast(string release, int major, int minor) => KernelRelease.Parse(release)?.IsAtLeast(major, minor) == true;

    private static bool HasCapability(int capability)
    {
        const string Label = "CapEff:";
        var line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Label, StringComparison.Ordinal));
        var held = ulong.Parse(line.AsSpan(Label.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (held >> capability & 1) != 0;
    }

    private static string? Line(string file) => File.Exists(file) ? File.ReadAllText(file).Trim() : null;

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / Mebibyte} MiB");
}
