namespace Faultbox.Linux.Native;

/// <summary>
/// The files through which debuggers and tracers find a program of the .NET runtime, in the directory for temporary files. The runtime makes them
/// at its start, and removes them at an orderly end only.
/// </summary>
public static class RuntimeFiles
{
    private static readonly string[] Kinds = ["clr-debug-pipe", "dotnet-diagnostic"];

    /// <summary>Removes those of this process, so that none is left when it is killed.</summary>
    public static void Remove()
    {
        foreach (var kind in Kinds)
        {
            foreach (var file in Directory.EnumerateFiles(Path.GetTempPath(), $"{kind}-{Environment.ProcessId}-*"))
            {
                File.Delete(file);
            }
        }
    }
}
