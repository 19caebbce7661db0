namespace Faultbox.Runtime.Output;

/// <summary>Both output streams of one service, kept for the whole run however often the service is launched.</summary>
internal sealed class ServiceStreams : IDisposable
{
    /// <summary>Creates the files.</summary>
    public ServiceStreams(string service, string directory)
    {
        Service = service;
        StandardOutput = new OutputSpool(Path.Combine(directory, "stdout.log"));
        StandardError = new OutputSpool(Path.Combine(directory, "stderr.log"));
    }

    /// <summary>Service.</summary>
    public string Service { get; }

    /// <summary>Standard output.</summary>
    public OutputSpool StandardOutput { get; }

    /// <summary>Standard error.</summary>
    public OutputSpool StandardError { get; }

    /// <summary>Marks the place where a test begins in both streams.</summary>
    public void Mark(string test, int? run, DateTime time)
    {
        StandardOutput.Mark(test, run, time);
        StandardError.Mark(test, run, time);
    }

    /// <summary>Puts both files in order.</summary>
    public void Complete()
    {
        StandardOutput.Complete();
        StandardError.Complete();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        StandardOutput.Dispose();
        StandardError.Dispose();
    }
}
