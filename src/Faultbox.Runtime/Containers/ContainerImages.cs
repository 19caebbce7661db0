using System.Collections.Concurrent;
using Faultbox.Containers;
using Faultbox.Core.Topology;
using Faultbox.Runtime.Services;

namespace Faultbox.Runtime.Containers;

/// <summary>Images of the containers of a run: found, pulled or built before the first test.</summary>
internal sealed class ContainerImages(Engine engine, string baseDirectory)
{
    private const string LimitVariable = "FAULTBOX_PULL_TIMEOUT";
    private static readonly TimeSpan PullLimit = TimeSpan.FromSeconds(120);
    private static readonly string[] NotThere = ["denied", "not found", "manifest unknown"];

    private readonly ConcurrentDictionary<string, Task<ImageDetails>> _images = new(StringComparer.Ordinal);

    /// <summary>The reference that containers of a service are created from.</summary>
    public static string ReferenceOf(ServiceDefinition service) => service.Image ?? $"faultbox-{service.Name.ToLowerInvariant()}:latest";

    /// <summary>Digests of the images that were found, by reference.</summary>
    public IEnumerable<KeyValuePair<string, string>> Digests =>
        _images.Where(i => i.Value.IsCompletedSuccessfully).Select(i => KeyValuePair.Create(i.Key, i.Value.Result.Digest));

    /// <summary>The image of a service. The first call finds, pulls or builds it; a failure is the same for every test.</summary>
    /// <exception cref="StartException">It is not to be had.</exception>
    public Task<ImageDetails> GetAsync(ServiceDefinition service, CancellationToken cancellation) =>
        _images.GetOrAdd(ReferenceOf(service), _ => service.Build is null ? FindAsync(service, cancellation) : BuildAsync(service, cancellation));

    private async Task<ImageDetails> BuildAsync(ServiceDefinition service, CancellationToken cancellation)
    {
        try
        {
            using var context = BuildContext.Pack(Path.GetFullPath(service.Build!, baseDirectory));
            await engine.BuildAsync(context, ReferenceOf(service), cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EngineException or IOException or UnauthorizedAccessException)
        {
            var lines = e.Message.Split('\n', 2);
            throw new StartException("LAUNCH_FAILED", $"build image for {service.Name}: {lines[0]}", service.Name) { Detail = lines.ElementAtOrDefault(1) };
        }

        return await engine.FindImageAsync(ReferenceOf(service), cancellation).ConfigureAwait(false)
            ?? throw new StartException("LAUNCH_FAILED", $"build image for {service.Name}: the engine built no image", service.Name);
    }

    private async Task<ImageDetails> FindAsync(ServiceDefinition service, CancellationToken cancellation)
    {
        var reference = service.Image!;
        try
        {
            if (await engine.FindImageAsync(reference, cancellation).ConfigureAwait(false) is { } present)
            {
                return present;
            }

            if (ImageReference.IsLocal(reference))
            {
                throw Unavailable(service, $"there is no image {reference}, and the tag \"local\" is never pulled; build it first: docker build -t {reference} <directory>");
            }

            await PullAsync(reference, cancellation).ConfigureAwait(false);
            return await engine.FindImageAsync(reference, cancellation).ConfigureAwait(false)
                ?? throw Unavailable(service, $"image {reference} is not there after it was pulled");
        }
        catch (EngineException e)
        {
            var hint = NotThere.Any(t => e.Message.Contains(t, StringComparison.OrdinalIgnoreCase))
                ? $"; if it is built locally, build it first: docker build -t {reference} <directory>"
                : "";
            throw Unavailable(service, $"pull {reference}: {e.Message}{hint}");
        }
    }

    private async Task PullAsync(string reference, CancellationToken cancellation)
    {
        var limit = LimitOfEnvironment();
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timer.CancelAfter(limit);
        try
        {
            await engine.PullAsync(reference, timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new EngineException($"not finished after {Durations.Text(limit)}; {LimitVariable} sets another limit");
        }
    }

    private static TimeSpan LimitOfEnvironment() =>
        Durations.TryParse(Environment.GetEnvironmentVariable(LimitVariable) ?? "", out var limit) && limit > TimeSpan.Zero ? limit : PullLimit;

    private static StartException Unavailable(ServiceDefinition service, string cause) =>
        new("IMAGE_PULL_FAILED", $"launch container \"{service.Name}\": {cause}", service.Name);
}
