// Audits Azure Machine Learning every night in a job of Azure Container Apps, and keeps each night's
// reports in an immutable blob container. The identity needs the role Reader, or the one that
// `amlaudit doctor --role-definition` prints, on everything that it has to read.
targetScope = 'resourceGroup'

@description('Azure region of everything here.')
param location string = resourceGroup().location

@description('Id of the environment of Azure Container Apps that the job runs in.')
param environmentId string

@description('Image with amlaudit, built from the Containerfile beside this file.')
param image string

@description('Server of the registry that the image is pulled from, such as contoso.azurecr.io.')
param registryServer string

@description('Id of the user-assigned identity that reads Azure, pulls the image and writes reports.')
param identityId string

@description('Client id of that identity.')
param identityClientId string

@description('Principal id of that identity.')
param identityPrincipalId string

@description('Subscriptions to audit, names or ids.')
param subscriptions array = @subscriptions@

@description('Management groups to audit, ids.')
param managementGroups array = @management_groups@

@description('Name of the storage account for reports, unique in all of Azure.')
@minLength(3)
@maxLength(24)
param storageName string

@description('When it runs, in UTC.')
param schedule string = '17 2 * * *'

@description('For how many days a report can be neither changed nor deleted.')
@minValue(1)
param keepDays int = 365

var blobContributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // the same in every tenant
var scopes = concat(
  flatten(map(subscriptions, each => ['--subscription', each])),
  flatten(map(managementGroups, each => ['--management-group', each]))
)
var reports = [
  '--report'
  'html=/out/amlaudit.html'
  '--report'
  'sarif=/out/amlaudit.sarif'
  '--report'
  'json=/out/amlaudit.json'
]
var keep = join([
  'set -eu'
  'until [ -s /out/amlaudit.json ]; do sleep 5; done'
  'az login --identity --client-id "$CLIENT" --output none'
  'to=$(date -u +%Y/%m/%d/%H%M%S)'
  'az storage blob upload-batch --auth-mode login --account-name "$ACCOUNT" --destination amlaudit --destination-path "$to" --source /out --output none'
], '\n')

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: storageName
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: storage
  name: 'default'
}

resource container 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobs
  name: 'amlaudit'
  properties: { publicAccess: 'None' }
}

resource immutable 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2024-01-01' = {
  parent: container
  name: 'default'
  properties: { immutabilityPeriodSinceCreationInDays: keepDays }
}

resource write 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(container.id, identityPrincipalId, blobContributor)
  scope: container
  properties: {
    principalId: identityPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobContributor)
  }
}

// The scan ends with its verdict, and the job with it. Reports are kept whatever they say: they
// appear whole, the JSON report last. Nothing is tried again: a verdict stays what it is.
resource job 'Microsoft.App/jobs@2024-03-01' = {
  name: 'amlaudit'
  location: location
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    environmentId: environmentId
    configuration: {
      triggerType: 'Schedule'
      replicaTimeout: 7200
      replicaRetryLimit: 0
      scheduleTriggerConfig: { cronExpression: schedule, parallelism: 1, replicaCompletionCount: 1 }
      registries: [{ server: registryServer, identity: identityId }]
    }
    template: {
      volumes: [{ name: 'out', storageType: 'EmptyDir' }]
      containers: [
        {
          name: 'scan'
          image: image
          args: concat(['scan', '--quiet', '--credential', 'managed-identity'], scopes, reports)
          env: [{ name: 'AZURE_CLIENT_ID', value: identityClientId }]
          resources: { cpu: json('1.0'), memory: '2Gi' }
          volumeMounts: [{ volumeName: 'out', mountPath: '/out' }]
        }
        {
          name: 'keep'
          image: 'mcr.microsoft.com/azure-cli:2.75.0'
          command: ['/bin/bash', '-c']
          args: [keep]
          env: [
            { name: 'CLIENT', value: identityClientId }
            { name: 'ACCOUNT', value: storage.name }
          ]
          resources: { cpu: json('0.5'), memory: '1Gi' }
          volumeMounts: [{ volumeName: 'out', mountPath: '/out' }]
        }
      ]
    }
  }
  dependsOn: [immutable, write]
}
