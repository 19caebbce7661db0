using System.IO.Pipelines;
using Faultbox.Containers;

namespace Faultbox.Runtime.Containers;

/// <summary>Both output streams of a container, taken from its multiplexed log.</summary>
internal sealed class ContainerOutput
{
    private readonly Pipe _standardOutput = new();
    private readonly Pipe _standardError = new();

    /// <summary>Standard output; ends with the container.</summary>
    public Stream StandardOutput => _standardOutput.Reader.AsStream();

    /// <summary>Standard error; ends with the container.</summary>
    public Stream StandardError => _standardError.Reader.AsStream();

    /// <summary>Starts to copy.</summary>
    public void Follow(Stream log) => Task.Run(() => CopyAsync(log));

    /// <summary>Ends both streams of a container that never ran.</summary>
    public void Complete()
    {
        _standardOutput.Writer.Complete();
        _standardError.Writer.Complete();
    }

    private async Task CopyAsync(Stream log)
    {
        try
        {
            await using (log.ConfigureAwait(false))
            {
                await LogFrames.CopyAsync(
                    log, _standardOutput.Writer.AsStream(leaveOpen: true), _standardError.Writer.AsStream(leaveOpen: true)).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // The engine went away; what came so far is what there is.
        }
        finally
        {
            Complete();
        }
    }
}
