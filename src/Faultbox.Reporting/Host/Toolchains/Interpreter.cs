using System.Text;
using System.Text.RegularExpressions;

namespace Faultbox.Reporting.Host.Toolchains;

/// <summary>Programs that run other programs: Java, Python and Node.js.</summary>
internal static partial class Interpreter
{
    private const int LongestShebang = 256;

    /// <summary>True when a path names an interpreter that is known here.</summary>
    public static bool IsOne(string path) => KindOf(path) is not null;

    /// <summary>The interpreter in the first line of a script, or null when the file is no script or names another one.</summary>
    public static string? OfScript(Stream file)
    {
        var start = new byte[LongestShebang];
        file.Position = 0;
        var text = Encoding.UTF8.GetString(start, 0, file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false));
        if (!text.StartsWith("#!", StringComparison.Ordinal))
        {
            return null;
        }

        // "#!/usr/bin/env -S python3 -u" and "#!/usr/bin/python3"
        var words = text[2..].Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var viaEnv = words.Length > 0 && Path.GetFileName(words[0]) == "env";
        var program = viaEnv ? words.Skip(1).FirstOrDefault(w => !w.StartsWith('-')) : words.FirstOrDefault();
        return program is not null && IsOne(program) ? program : null;
    }

    /// <summary>Kind and version, from the installation's files where they tell it, else by asking the program.</summary>
    public static string? Version(string program, CancellationToken cancel)
    {
        var kind = KindOf(program)!;
        var version = kind == "java" ? JavaRelease(program) : null;
        if (version is null)
        {
            var line = ProgramOutput.FirstLine(program, [kind == "java" ? "-version" : "--version"], cancel);
            version = line is null ? null : Number().Match(line) is { Success: true } found ? found.Value : null;
        }

        return version is null ? null : $"{kind} {version}";
    }

    private static string? KindOf(string path)
    {
        var name = Path.GetFileName(path);
        return name is "java" ? "java" : name is "node" or "nodejs" ? "node" : Python().IsMatch(name) ? "python" : null;
    }

    /// <summary>The line <c>JAVA_VERSION="17.0.12"</c> of the file that every Java installation carries.</summary>
    private static string? JavaRelease(string program)
    {
        var resolved = File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program;
        var release = Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(resolved)) ?? "/", "release");
        const string Prefix = "JAVA_VERSION=\"";
        return File.Exists(release)
            ? File.ReadLines(release).FirstOrDefault(l => l.StartsWith(Prefix, StringComparison.Ordinal))?[Prefix.Length..].TrimEnd('"')
            : null;
    }

    [GeneratedRegex(@"^python[0-9.]*$")]
    private static partial Regex Python();

    [GeneratedRegex(@"[0-9]+(\.[0-9]+)*")]
    private static partial Regex Number();
}
