using System.Diagnostics;
using Faultbox.Cli.Tests;

namespace Faultbox.Containers.Tests;

/// <summary>Build contexts of images that need no registry: everything in them comes from this host.</summary>
internal static class ImageContexts
{
    /// <summary>Nothing but busybox and two scripts, as user 1000: a line server on port 7000 whose first process only waits for it.</summary>
    public static string Busybox(Workspace space)
    {
        var context = Copy(space, "busybox");
        File.Copy("/usr/bin/busybox", Path.Combine(context, "busybox"));
        return context;
    }

    /// <summary>The same server on the host's Java runtime, cut down to its base module, with the libraries that it loads.</summary>
    public static string Jvm(Workspace space)
    {
        var context = Copy(space, "jvm");
        Run("javac", "-d", context, Path.Combine(context, "Server.java"));
        Run("jlink", "--add-modules", "java.base", "--strip-debug", "--no-header-files", "--no-man-pages", "--output", Path.Combine(context, "jre"));
        string[] programs = ["jre/bin/java", .. Directory.EnumerateFiles(Path.Combine(context, "jre/lib"), "*.so", SearchOption.AllDirectories)];
        AddLibraries(context, programs);
        return context;
    }

    /// <summary>The same server with the host's openssl, as a client of TLS services.</summary>
    public static string Openssl(Workspace space) => WithProgram(space, "openssl");

    /// <summary>The same server with the host's ncat, as a client of services on unix sockets or as such a service; <c>/run</c> leads to <c>/dev/shm</c>.</summary>
    public static string Ncat(Workspace space)
    {
        var context = WithProgram(space, "ncat");
        File.CreateSymbolicLink(Path.Combine(context, "root", "run"), "/dev/shm");
        return context;
    }

    private static string WithProgram(Workspace space, string program)
    {
        var context = Copy(space, program);
        File.Copy("/usr/bin/busybox", Path.Combine(context, "busybox"));
        File.Copy($"/usr/bin/{program}", Path.Combine(context, program));
        AddLibraries(context, [program]);
        return context;
    }

    /// <summary>Adds the libraries that programs of a context load, where they are on this host.</summary>
    private static void AddLibraries(string context, IEnumerable<string> programs)
    {
        var libraries = programs.SelectMany(p => Run("ldd", Path.Combine(context, p)).Split('\n'))
            .Select(l => l.Split(' ', '\t').FirstOrDefault(w => w.StartsWith('/')))
            .OfType<string>()
            .Where(l => !l.StartsWith(context, StringComparison.Ordinal))
            .Distinct();
        foreach (var library in libraries)
        {
            var copy = Path.Join(context, "root", library);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(library, copy);
        }
    }

    private static string Copy(Workspace space, string name)
    {
        var context = Directory.CreateDirectory(space.File(name)).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Images", name)))
        {
            File.Copy(file, Path.Combine(context, Path.GetFileName(file)));
        }

        Directory.CreateDirectory(Path.Combine(context, "data"));
        File.WriteAllText(Path.Combine(context, "data", "log"), "");
        return context;
    }

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{output}");
        return output;
    }
}
