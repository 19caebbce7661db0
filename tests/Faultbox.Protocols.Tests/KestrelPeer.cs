using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Faultbox.Protocols.Tests;

/// <summary>A Kestrel service on a free port of this host.</summary>
internal sealed class KestrelPeer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private KestrelPeer(WebApplication server)
    {
        _server = server;
        Port = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>Starts a service in plain text.</summary>
    /// <param name="protocols">Versions of HTTP that it speaks.</param>
    /// <param name="serve">Says what it answers.</param>
    /// <param name="limit">Sets its limits; null for those of Kestrel.</param>
    public static Task<KestrelPeer> StartAsync(HttpProtocols protocols, Action<WebApplication> serve, Action<KestrelServerLimits>? limit = null) =>
        StartAsync(listener => listener.Protocols = protocols, serve, limit);

    /// <summary>Starts a service.</summary>
    /// <param name="listen">Says how it listens.</param>
    /// <param name="serve">Says what it answers.</param>
    /// <param name="limit">Sets its limits; null for those of Kestrel.</param>
    public static async Task<KestrelPeer> StartAsync(Action<ListenOptions> listen, Action<WebApplication> serve, Action<KestrelServerLimits>? limit = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(o =>
        {
            limit?.Invoke(o.Limits);
            o.Listen(IPAddress.Loopback, 0, listen);
        });
        var server = builder.Build();
        serve(server);
        await server.StartAsync();
        return new KestrelPeer(server);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
