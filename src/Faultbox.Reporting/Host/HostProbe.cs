using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Faultbox.Reporting.Host.Toolchains;

namespace Faultbox.Reporting.Host;

/// <summary>
/// Looks at the host and at the programs of the launched services. Questions run side by side and share one deadline; a question that
/// fails or is late leaves its answer unknown and holds up nothing.
/// </summary>
public static class HostProbe
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Gathers what can be learned within two seconds.</summary>
    /// <param name="binaries">Program path as written and its absolute path.</param>
    public static HostEnvironment Gather(IEnumerable<KeyValuePair<string, string>> binaries)
    {
        using var deadline = new CancellationTokenSource(Limit);
        var cancel = deadline.Token;
        var kernel = Ask(() => ReadLine("/proc/sys/kernel/osrelease"), cancel);
        var docker = Ask(() => DockerClient.Version(cancel), cancel);
        var hints = Ask(() => RuntimeHints.Find().ToArray(), cancel);
        var memory = Ask(TotalMemory, cancel);
        var group = Ask(() => File.ReadLines("/proc/self/cgroup").LastOrDefault(), cancel);
        var privileges = Ask(Privileges, cancel);
        var programs = binaries
            .DistinctBy(b => b.Key)
            .Select(b => (b.Key, Toolchain: Ask(() => Toolchain.Of(b.Value, cancel), cancel), Hash: Ask(() => Hash(b.Value, cancel), cancel)))
            .ToArray();

        return new HostEnvironment
        {
            OperatingSystem = OperatingSystem.IsLinux() ? "linux" : null,
            Architecture = RuntimeInformation.OSArchitecture switch
            {
                Architecture.X64 => "amd64",
                Architecture.Arm64 => "arm64",
                _ => null,
            },
            Kernel = Answer(kernel, cancel),
            DockerVersion = Answer(docker, cancel),
            Hints = Answer(hints, cancel) ?? [],
            MemoryMebibytes = Answer(memory, cancel) is { } bytes ? long.Parse(bytes, System.Globalization.CultureInfo.InvariantCulture) : null,
            Processors = Environment.ProcessorCount,
            ControlGroup = Answer(group, cancel),
            Privileges = Answer(privileges, cancel) ?? [],
            Toolchains = Known(programs.Select(p => (p.Key, Answer(p.Toolchain, cancel)))),
            Binaries = Known(programs.Select(p => (p.Key, Answer(p.Hash, cancel)))),
        };
    }

    // A question blocks. On a thread of its own it cannot keep the pool from firing the deadline that ends it.
    private static Task<T?> Ask<T>(Func<T?> question, CancellationToken cancel)
        where T : class => Task.Factory.StartNew(question, cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The answer to a question, or null when there is none in time; a file that cannot be read is no answer.</summary>
    private static T? Answer<T>(Task<T?> asked, CancellationToken cancel)
        where T : class
    {
        try
        {
            asked.Wait(cancel);
            return asked.Result;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (AggregateException e) when (e.InnerExceptions.All(IsNoAnswer))
        {
            return null;
        }
    }

    private static bool IsNoAnswer(Exception e) =>
        e is IOException or UnauthorizedAccessException or OperationCanceledException or InvalidDataException
            or System.ComponentModel.Win32Exception or System.Text.Json.JsonException or FormatException;

    private static SortedDictionary<string, string> Known(IEnumerable<(string Key, string? Value)> answers)
    {
        var known = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in answers)
        {
            if (value is not null)
            {
                known[key] = value;
            }
        }

        return known;
    }

    private static string Hash(string path, CancellationToken cancel)
    {
        using var file = File.OpenRead(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        while (file.Read(buffer) is var read and > 0)
        {
            cancel.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string ReadLine(string path) => File.ReadAllText(path).TrimEnd();

    private static string? TotalMemory()
    {
        // MemTotal:       24668692 kB
        var line = File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith("MemTotal:", StringComparison.Ordinal));
        return line is null ? null : (long.Parse(line.AsSpan(9).Trim()[..^3]) / 1024).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static SortedDictionary<string, string> Privileges()
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            Take(line, "CapEff:", "cap_eff");
            Take(line, "Seccomp:", "seccomp");
        }

        const string Scope = "/proc/sys/kernel/yama/ptrace_scope";
        if (File.Exists(Scope))
        {
            found["ptrace_scope"] = ReadLine(Scope);
        }

        return found;

        void Take(string line, string prefix, string name)
        {
            if (line.StartsWith(prefix, StringComparison.Ordinal))
            {
                found[name] = line[prefix.Length..].Trim();
            }
        }
    }
}
