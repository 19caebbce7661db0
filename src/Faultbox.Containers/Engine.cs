using System.Formats.Tar;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;

namespace Faultbox.Containers;

/// <summary>
/// A client of the Docker Engine API, as far as services need it. Every member may throw <see cref="EngineException"/> with the engine's
/// own words.
/// </summary>
public sealed partial class Engine : IDisposable
{
    private const string UnixScheme = "unix://";
    private const string TcpScheme = "tcp://";
    private const string OldestVersion = "1.41";
    private const string NewestVersion = "1.47";
    private const int BuildOutputLines = 40;

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;
    private readonly string _version;

    private Engine(string address, HttpClient client, string version) => (Address, _client, _version) = (address, client, version);

    /// <summary>Where it listens.</summary>
    public string Address { get; }

    /// <summary>Path of its unix socket; null when it is reached in another way.</summary>
    public string? SocketPath => PathOf(Address);

    /// <summary>Connects and agrees on a version of the interface.</summary>
    /// <param name="address">A <c>unix://</c> or <c>tcp://</c> address, as <see cref="EngineAddress.Find"/> gives it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task<Engine> ConnectAsync(string address, CancellationToken cancellation)
    {
        var client = new HttpClient(Handler(address)) { BaseAddress = new Uri("http://docker"), Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(ConnectLimit);
            using var reply = await client.GetAsync("/_ping", limit.Token).ConfigureAwait(false);
            if (!reply.IsSuccessStatusCode)
            {
                throw new EngineException($"{address} answers {(int)reply.StatusCode}", reply.StatusCode);
            }

            var offered = reply.Headers.TryGetValues("Api-Version", out var values) ? values.First() : OldestVersion;
            var wanted = Environment.GetEnvironmentVariable("DOCKER_API_VERSION");
            return new Engine(address, client, string.IsNullOrEmpty(wanted) ? Least(offered, NewestVersion) : wanted);
        }
        catch (HttpRequestException e)
        {
            client.Dispose();
            var cause = PathOf(address) is { } path && !File.Exists(path) ? "no such socket" : (e.InnerException ?? e).Message;
            throw new EngineException($"no engine answers at {address}: {cause}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            client.Dispose();
            throw new EngineException($"the engine at {address} did not answer within {ConnectLimit.TotalSeconds:0} s");
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>True when it runs without privileges, in namespaces of its own.</summary>
    public async Task<bool> IsRootlessAsync(CancellationToken cancellation) =>
        (await GetAsync("info", EngineJson.Default.EngineDetails, cancellation).ConfigureAwait(false)).SecurityOptions?.Contains("name=rootless") ?? false;

    /// <summary>Describes an image; null when the engine has none of that name.</summary>
    public async Task<ImageDetails?> FindImageAsync(string reference, CancellationToken cancellation)
    {
        try
        {
            return await GetAsync($"images/{reference}/json", EngineJson.Default.ImageDetails, cancellation).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Pulls an image.</summary>
    public async Task PullAsync(string reference, CancellationToken cancellation)
    {
        var (name, tag) = ImageReference.Split(reference);
        await FollowAsync(
            $"images/create?fromImage={Uri.EscapeDataString(name)}&tag={Uri.EscapeDataString(tag)}", null, cancellation).ConfigureAwait(false);
    }

    /// <summary>Builds an image from a context; the message of a failure is the step and the last lines of its output.</summary>
    public Task BuildAsync(Stream context, string tag, CancellationToken cancellation) =>
        FollowAsync($"build?t={Uri.EscapeDataString(tag)}&rm=1&forcerm=1", context, cancellation);

    /// <summary>Creates a container and returns its identifier.</summary>
    public async Task<string> CreateAsync(string name, ContainerRequest request, CancellationToken cancellation)
    {
        using var content = JsonContent.Create(request, EngineJson.Default.ContainerRequest);
        using var reply = await SendAsync(HttpMethod.Post, $"containers/create?name={Uri.EscapeDataString(name)}", content, cancellation).ConfigureAwait(false);
        return (await ReadAsync(reply, EngineJson.Default.Created, cancellation).ConfigureAwait(false)).Id;
    }

    /// <summary>Starts a container.</summary>
    public Task StartAsync(string id, CancellationToken cancellation) => PostAsync($"containers/{id}/start", cancellation);

    /// <summary>Asks a container to end, and kills it after the grace period.</summary>
    public Task StopAsync(string id, TimeSpan grace, CancellationToken cancellation) =>
        PostAsync($"containers/{id}/stop?t={grace.TotalSeconds:0}", cancellation);

    /// <summary>Sends a signal to the first process of a container; SIGKILL ends all of them.</summary>
    public Task KillAsync(string id, CancellationToken cancellation, int signal = 9) =>
        PostAsync($"containers/{id}/kill?signal={signal}", cancellation);

    /// <summary>Suspends every process of a container.</summary>
    public Task PauseAsync(string id, CancellationToken cancellation) => PostAsync($"containers/{id}/pause", cancellation);

    /// <summary>Lets a suspended container go on.</summary>
    public Task ResumeAsync(string id, CancellationToken cancellation) => PostAsync($"containers/{id}/unpause", cancellation);

    /// <summary>Describes a container.</summary>
    public Task<ContainerDetails> InspectAsync(string id, CancellationToken cancellation) =>
        GetAsync($"containers/{id}/json", EngineJson.Default.ContainerDetails, cancellation);

    /// <summary>
    /// Watches a container that was not started yet. The outer task completes when the engine watches; the inner one with the exit code.
    /// </summary>
    public async Task<Task<int>> WatchExitAsync(string id, CancellationToken cancellation)
    {
        var reply = await SendAsync(HttpMethod.Post, $"containers/{id}/wait?condition=next-exit", null, cancellation).ConfigureAwait(false);
        return ReadExitAsync(reply, cancellation);
    }

    /// <summary>The output of a container from its beginning, multiplexed; ends with the container.</summary>
    public async Task<Stream> FollowLogsAsync(string id, CancellationToken cancellation)
    {
        var reply = await SendAsync(HttpMethod.Get, $"containers/{id}/logs?follow=1&stdout=1&stderr=1", null, cancellation).ConfigureAwait(false);
        return await reply.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>What an ended container has written to standard error.</summary>
    public async Task<ReadOnlyMemory<byte>> ErrorOutputAsync(string id, CancellationToken cancellation)
    {
        using var reply = await SendAsync(HttpMethod.Get, $"containers/{id}/logs?stderr=1", null, cancellation).ConfigureAwait(false);
        using var output = new MemoryStream();
        var frames = await reply.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await LogFrames.CopyAsync(frames, Stream.Null, output, cancellation).ConfigureAwait(false);
        return output.ToArray();
    }

    /// <summary>A text file of a container, with links followed by the engine.</summary>
    /// <param name="id">The container.</param>
    /// <param name="path">Absolute path in it.</param>
    /// <param name="cancellation">Ends the request.</param>
    public async Task<string> ReadTextAsync(string id, string path, CancellationToken cancellation)
    {
        using var reply = await SendAsync(HttpMethod.Get, $"containers/{id}/archive?path={Uri.EscapeDataString(path)}", null, cancellation).ConfigureAwait(false);
        await using var content = await reply.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using var archive = new TarReader(content);
        var entry = await archive.GetNextEntryAsync(copyData: false, cancellation).ConfigureAwait(false);
        using var text = new StreamReader(entry?.DataStream ?? throw new EngineException($"{path} of the container is no file"));
        return await text.ReadToEndAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Kills and removes a container with its anonymous volumes; one that is gone already is no error.</summary>
    public Task RemoveAsync(string id, CancellationToken cancellation) => DeleteAsync(RemovalPath(id), cancellation);

    /// <summary>Every container, running or not.</summary>
    public async Task<IReadOnlyList<ContainerSummary>> ContainersAsync(CancellationToken cancellation) =>
        await GetAsync("containers/json?all=1", EngineJson.Default.ListContainerSummary, cancellation).ConfigureAwait(false);

    /// <summary>Every network.</summary>
    public async Task<IReadOnlyList<NetworkSummary>> NetworksAsync(CancellationToken cancellation) =>
        await GetAsync("networks", EngineJson.Default.ListNetworkSummary, cancellation).ConfigureAwait(false);

    /// <summary>Creates a bridge network and returns its identifier.</summary>
    public async Task<string> CreateNetworkAsync(string name, IReadOnlyDictionary<string, string> labels, CancellationToken cancellation)
    {
        using var content = JsonContent.Create(new NetworkRequest(name, "bridge", true, labels), EngineJson.Default.NetworkRequest);
        using var reply = await SendAsync(HttpMethod.Post, "networks/create", content, cancellation).ConfigureAwait(false);
        return (await ReadAsync(reply, EngineJson.Default.Created, cancellation).ConfigureAwait(false)).Id;
    }

    /// <summary>Removes a network; one that is gone already is no error.</summary>
    public Task RemoveNetworkAsync(string id, CancellationToken cancellation) => DeleteAsync($"networks/{id}", cancellation);

    /// <summary>The requests that remove a container and then its network, as bytes for a process that has no other means.</summary>
    public IReadOnlyList<byte[]> RemovalRequests(string container, string network) =>
    [
        Encoding.ASCII.GetBytes($"DELETE /v{_version}/{RemovalPath(container)} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"),
        Encoding.ASCII.GetBytes($"DELETE /v{_version}/networks/{network} HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"),
    ];

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static string RemovalPath(string id) => $"containers/{id}?force=1&v=1";

    private static SocketsHttpHandler Handler(string address)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20) };
        if (PathOf(address) is { } path)
        {
            handler.ConnectCallback = (_, cancellation) => ConnectUnixAsync(path, cancellation);
        }
        else if (address.StartsWith(TcpScheme, StringComparison.Ordinal)
            && Uri.TryCreate($"http://{address[TcpScheme.Length..]}", UriKind.Absolute, out var target))
        {
            handler.ConnectCallback = (_, cancellation) => ConnectTcpAsync(target, cancellation);
        }
        else
        {
            throw new EngineException($"DOCKER_HOST={address} is neither unix:///path nor tcp://host:port");
        }

        return handler;
    }

    private static string? PathOf(string address) => address.StartsWith(UnixScheme, StringComparison.Ordinal) ? address[UnixScheme.Length..] : null;

    private static async ValueTask<Stream> ConnectUnixAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async ValueTask<Stream> ConnectTcpAsync(Uri target, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target.Host, target.Port, cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Least(string one, string other) =>
        Version.TryParse(one, out var a) && Version.TryParse(other, out var b) && b < a ? other : one;

    private static async Task<int> ReadExitAsync(HttpResponseMessage reply, CancellationToken cancellation)
    {
        using (reply)
        {
            return (await ReadAsync(reply, EngineJson.Default.WaitReply, cancellation).ConfigureAwait(false)).StatusCode;
        }
    }

    private async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var reply = await SendAsync(HttpMethod.Get, path, null, cancellation).ConfigureAwait(false);
        return await ReadAsync(reply, type, cancellation).ConfigureAwait(false);
    }

    private async Task PostAsync(string path, CancellationToken cancellation)
    {
        using var reply = await SendAsync(HttpMethod.Post, path, null, cancellation).ConfigureAwait(false);
    }

    private async Task DeleteAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var reply = await SendAsync(HttpMethod.Delete, path, null, cancellation).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.Status == HttpStatusCode.NotFound || e.Message.Contains("already in progress", StringComparison.Ordinal))
        {
            // Somebody else removed it, or is about to.
        }
    }

    /// <summary>Posts a request whose reply is a line of JSON for each step, and throws what the steps report.</summary>
    private async Task FollowAsync(string path, Stream? body, CancellationToken cancellation)
    {
        using var content = body is null ? null : new StreamContent(body) { Headers = { ContentType = new("application/x-tar") } };
        using var reply = await SendAsync(HttpMethod.Post, path, content, cancellation).ConfigureAwait(false);
        using var reader = new StreamReader(await reply.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false));
        var step = "";
        var output = new Queue<string>();
        while (await reader.ReadLineAsync(cancellation).ConfigureAwait(false) is { } text)
        {
            var line = text.Length == 0 ? null : JsonSerializer.Deserialize(text, EngineJson.Default.ProgressLine);
            foreach (var printed in Colours().Replace(line?.Stream ?? "", "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                if (printed.StartsWith("Step ", StringComparison.Ordinal))
                {
                    step = $"{printed}: ";
                    output.Clear();
                    continue;
                }

                output.Enqueue(printed);
                if (output.Count > BuildOutputLines)
                {
                    output.Dequeue();
                }
            }

            if (line?.Error is { } error)
            {
                throw new EngineException(string.Join('\n', [step + error, .. output]));
            }
        }
    }

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Colours();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, $"/v{_version}/{path}") { Content = content };
        try
        {
            var reply = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if ((int)reply.StatusCode < 400)
            {
                return reply;
            }

            using (reply)
            {
                throw new EngineException(await RefusalAsync(reply, cancellation).ConfigureAwait(false), reply.StatusCode);
            }
        }
        catch (HttpRequestException e)
        {
            throw new EngineException($"the engine at {Address} does not answer: {(e.InnerException ?? e).Message}");
        }
    }

    private static async Task<string> RefusalAsync(HttpResponseMessage reply, CancellationToken cancellation)
    {
        var text = await reply.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(text, EngineJson.Default.Refusal)?.Message ?? text;
        }
        catch (JsonException)
        {
            return text.Length == 0 ? $"status {(int)reply.StatusCode}" : text;
        }
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage reply, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        await reply.Content.ReadFromJsonAsync(type, cancellation).ConfigureAwait(false)
            ?? throw new EngineException("the engine answered with nothing");
}
