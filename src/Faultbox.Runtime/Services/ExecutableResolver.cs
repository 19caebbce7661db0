using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Faultbox.Runtime.Services;

/// <summary>Finds the program of a service and verifies that the kernel will be able to execute it.</summary>
internal static class ExecutableResolver
{
    private const string NotFound = "no such file or directory";
    private const string NotPermitted = "permission denied";
    private const string WrongFormat = "exec format error";
    private const string Foreign = $"{WrongFormat}: built for another processor architecture";

    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const int HeaderBytes = 4096;
    private const int InterpreterSegment = 3;

    /// <summary>Absolute path of a program, or null with the reason in the words of the system.</summary>
    /// <param name="written">Path as written, or a bare name that is looked up in <c>PATH</c>.</param>
    /// <param name="baseDirectory">Second directory that a relative path is looked up in.</param>
    /// <param name="problem">Why there is none.</param>
    public static string? Resolve(string written, string baseDirectory, out string problem)
    {
        var path = Locate(written, baseDirectory);
        problem = path is null ? NotFound : Verify(path);
        return problem.Length == 0 ? path : null;
    }

    /// <summary>True for a program of another processor architecture than this machine's; a kernel that executes it all the same does not filter its calls.</summary>
    /// <param name="written">Path as written, or a bare name that is looked up in <c>PATH</c>.</param>
    public static bool IsForeign(string written) => Resolve(written, Environment.CurrentDirectory, out var problem) is null && problem == Foreign;

    private static string? Locate(string written, string baseDirectory)
    {
        if (written.Contains('/'))
        {
            var here = Path.GetFullPath(written);
            var there = Path.GetFullPath(written, baseDirectory);
            return Exists(here) ? here : Exists(there) ? there : null;
        }

        var directories = (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").Split(':');
        return directories
            .Where(d => d.Length > 0)
            .Select(d => Path.Combine(Path.GetFullPath(d), written))
            .FirstOrDefault(p => File.Exists(p) && IsExecutable(p));
    }

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    private static bool IsExecutable(string path) => (File.GetUnixFileMode(path) & AnyExecute) != 0;

    private static string Verify(string path)
    {
        if (Directory.Exists(path) || !IsExecutable(path))
        {
            return NotPermitted;
        }

        var header = new byte[HeaderBytes];
        int length;
        try
        {
            using var file = File.OpenHandle(path);
            length = RandomAccess.Read(file, header, 0);
        }
        catch (UnauthorizedAccessException)
        {
            // A program that may be executed but not read cannot be inspected; the kernel decides.
            return "";
        }

        return VerifyFormat(header.AsSpan(0, length));
    }

    private static string VerifyFormat(ReadOnlySpan<byte> header)
    {
        if (header.StartsWith("#!"u8))
        {
            return VerifyInterpreter(ScriptInterpreter(header));
        }

        if (header.Length < 64 || !header.StartsWith("\x7f"u8) || !header[1..4].SequenceEqual("ELF"u8))
        {
            return WrongFormat;
        }

        ushort expected = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? (ushort)183 : (ushort)62;
        return BinaryPrimitives.ReadUInt16LittleEndian(header[18..]) == expected
            ? VerifyInterpreter(ElfInterpreter(header))
            : Foreign;
    }

    private static string VerifyInterpreter(string? interpreter) =>
        interpreter is null || File.Exists(interpreter) ? "" : $"interpreter {interpreter}: {NotFound}";

    private static string? ScriptInterpreter(ReadOnlySpan<byte> header)
    {
        var line = header[2..];
        var end = line.IndexOf((byte)'\n');
        var text = Encoding.UTF8.GetString(end < 0 ? line : line[..end]).Trim();
        return text.Split([' ', '\t'], 2)[0] is { Length: > 0 } interpreter ? interpreter : null;
    }

    /// <summary>Path in the PT_INTERP segment of a 64 bit image; null for a static program or one whose segment lies beyond the header.</summary>
    private static string? ElfInterpreter(ReadOnlySpan<byte> header)
    {
        var table = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        var entrySize = BinaryPrimitives.ReadUInt16LittleEndian(header[54..]);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header[56..]);
        for (var i = 0; i < count; i++)
        {
            var start = table + ((long)i * entrySize);
            if (start < 0 || start + 56 > header.Length)
            {
                return null;
            }

            var entry = header.Slice((int)start, 56);
            if (BinaryPrimitives.ReadInt32LittleEndian(entry) != InterpreterSegment)
            {
                continue;
            }

            var offset = BinaryPrimitives.ReadInt64LittleEndian(entry[8..]);
            var size = BinaryPrimitives.ReadInt64LittleEndian(entry[32..]);
            return offset < 0 || size <= 1 || offset + size > header.Length
                ? null
                : Encoding.UTF8.GetString(header.Slice((int)offset, (int)size - 1));
        }

        return null;
    }
}
