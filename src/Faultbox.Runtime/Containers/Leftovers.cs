using Faultbox.Containers;

namespace Faultbox.Runtime.Containers;

/// <summary>What earlier runs left in the engine: removed unless its owner is alive.</summary>
/// <param name="Removed">Names of what was removed.</param>
/// <param name="Kept">Names of running containers that look like ours and are somebody else's.</param>
/// <param name="IsShared">True when another run is alive and owns the plain names.</param>
internal sealed record Leftovers(IReadOnlyList<string> Removed, IReadOnlyList<string> Kept, bool IsShared)
{
    private const string Prefix = "faultbox-";
    private const string Network = "faultbox-net";

    /// <summary>Looks through the engine and removes what nobody owns.</summary>
    public static async Task<Leftovers> SweepAsync(Engine engine, CancellationToken cancellation)
    {
        List<string> removed = [];
        List<string> kept = [];
        var isShared = false;
        foreach (var container in await engine.ContainersAsync(cancellation).ConfigureAwait(false))
        {
            var name = container.Names.Select(n => n.TrimStart('/')).FirstOrDefault(n => n.StartsWith(Prefix, StringComparison.Ordinal));
            var labelled = RunOwner.IsLabelled(container.Labels);
            if (RunOwner.IsAlive(container.Labels))
            {
                isShared = true;
            }
            else if (labelled || (name is not null && (container.State != "running" || IsInNetwork(container))))
            {
                await engine.RemoveAsync(container.Id, cancellation).ConfigureAwait(false);
                removed.Add(name ?? container.Id);
            }
            else if (name is not null)
            {
                kept.Add(name);
            }
        }

        foreach (var network in await engine.NetworksAsync(cancellation).ConfigureAwait(false))
        {
            if (RunOwner.IsAlive(network.Labels))
            {
                isShared = true;
            }
            else if (RunOwner.IsLabelled(network.Labels) || network.Name.StartsWith(Network, StringComparison.Ordinal))
            {
                try
                {
                    await engine.RemoveNetworkAsync(network.Id, cancellation).ConfigureAwait(false);
                    removed.Add(network.Name);
                }
                catch (EngineException)
                {
                    // Containers of somebody else are in it.
                    isShared = true;
                }
            }
        }

        return new Leftovers(removed, kept, isShared);
    }

    private static bool IsInNetwork(ContainerSummary container) =>
        container.NetworkSettings?.Networks?.Keys.Any(n => n.StartsWith(Network, StringComparison.Ordinal)) == true;
}
